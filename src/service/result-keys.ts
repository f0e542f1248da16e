/** Under which keys the results of an attempt lie among the blobs. */
import { OBJECT_KINDS, type ObjectKind } from '../dicom/object-names.ts'
import type { Claim } from '../store/job-store.ts'

/** A name of its own for each attempt: a worker that was taken for dead cannot overwrite the result of the next. */
export function labelsKeyOf({ id, token }: Pick<Claim, 'id' | 'token'>): string {
  return `${id}/labels-${token}.nii.gz`
}

/** Of the same attempt. */
export function confidenceKeyOf(labelsKey: string): string {
  return labelsKey.replace('/labels-', '/confidence-')
}

/** Of the same attempt. */
export function objectKeyOf(labelsKey: string, kind: ObjectKind): string {
  return labelsKey.replace('/labels-', `/${kind}-`).replace(/\.nii\.gz$/, '.dcm')
}

/** Everything that an attempt may have put among the blobs. */
export function resultKeysOf(labelsKey: string): readonly string[] {
  return [labelsKey, confidenceKeyOf(labelsKey), ...OBJECT_KINDS.map((kind) => objectKeyOf(labelsKey, kind))]
}

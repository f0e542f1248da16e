/** Under which keys the results of an attempt lie among the blobs. */
import { MADE_KINDS, type MadeKind } from '../dicom/object-names.ts'
import { FAULTS, type Fault } from '../errors.ts'
import type { Claim, StoredJob } from '../store/job-store.ts'
import type { StoredTask } from '../store/task.ts'

/** A name of its own for each attempt: a worker that was taken for dead cannot overwrite the result of the next. */
export function labelsKeyOf({ id, token }: Pick<Claim, 'id' | 'token'>): string {
  return `${id}/labels-${token}.nii.gz`
}

/** Of the same attempt. */
export function confidenceKeyOf(labelsKey: string): string {
  return labelsKey.replace('/labels-', '/confidence-')
}

/** Of the same attempt. */
export function pdfKeyOf(labelsKey: string): string {
  return labelsKey.replace('/labels-', '/page-').replace(/\.nii\.gz$/, '.pdf')
}

/** Of the same attempt. */
export function objectKeyOf(labelsKey: string, kind: MadeKind): string {
  return labelsKey.replace('/labels-', `/${kind}-`).replace(/\.nii\.gz$/, '.dcm')
}

/** Everything that an attempt may have put among the blobs. */
export function resultKeysOf(labelsKey: string): readonly string[] {
  const ofAll = [labelsKey, confidenceKeyOf(labelsKey), pdfKeyOf(labelsKey)]
  return [...ofAll, ...MADE_KINDS.map((kind) => objectKeyOf(labelsKey, kind))]
}

/** Whether a job that fails so leaves a report that says why. */
export function isRefusalReported({ objects }: Pick<StoredTask, 'objects'>, { kind }: Pick<Fault, 'kind'>): boolean {
  return objects?.refusal !== undefined && FAULTS[kind].isRefusal === true
}

/** Of the report that a job left, where its scans were refused and somebody wanted to be told so; else null. */
export function refusalKeyOf({ job, task, attempt }: Pick<StoredJob, 'job' | 'task' | 'attempt'>): string | null {
  if (job.state !== 'failed' || job.fault === null || !isRefusalReported(task, job.fault)) return null
  return objectKeyOf(labelsKeyOf({ id: job.id, token: attempt }), 'refusal')
}

/** What the two formats whose header is text have in common. Values of a header are never put into a message. */
import { FaultError } from '../errors.ts'
import { type Datatype, datatypeOf } from '../nifti/datatypes.ts'

export type Fields = ReadonlyMap<string, string>

/** Beyond this no header goes on. */
export const MAX_TEXT_BYTES = 1 << 16

export const RESAVE = 'save it as .nii.gz or as one file in 3D Slicer or SimpleITK'

/** The numbers of a field, brackets and commas left out. */
export function numbers(fields: Fields, key: string, count: number): number[] {
  const text = fields.get(key)
  if (text === undefined)
    throw new FaultError('nifti-no-affine', `the header has no ${key}; none is assumed: ${RESAVE}`)
  const values = text
    .split(/[\s(),]+/)
    .filter((word) => word !== '')
    .map(Number)
  const found = values.filter(Number.isFinite).length
  if (values.length !== count || found !== count)
    throw new FaultError('nifti-header', `${key} has ${found} numbers of ${count}: ${RESAVE}`)
  return values
}

/** NIfTI's type of the same numbers. */
export function typeOf(fields: Fields, key: string, types: ReadonlyMap<string, number>): Datatype {
  const code = types.get(fields.get(key) ?? '')
  if (code !== undefined) return datatypeOf(code)
  throw new FaultError('nifti-datatype', `${key} is none of ${[...types.keys()].join(', ')}: ${RESAVE}`)
}

/** @param name the ending of such headers */
export function detached(name: string): FaultError {
  return new FaultError(
    'detached-header',
    `this is a detached header (${name}): its voxels are in another file; ${RESAVE}`,
  )
}

/** What the header of a scan says, whatever its format, and how its voxels are stored. */
import type { Affine, Vector } from './affine.ts'

export type Kind = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64'

export interface Head {
  readonly format: 'NIfTI-1' | 'NIfTI-2' | 'MGH'
  readonly shape: Vector
  /** Volumes behind each other; 1 of an ordinary scan. */
  readonly frames: number
  readonly spacingMm: Vector
  readonly affine: Affine
  /** Where the affine comes from; `none`: the header states no orientation. */
  readonly affineSource: 'sform' | 'qform' | 'none' | 'mgh'
  readonly kind: Kind | null
  /** As the file names its kind of voxel. */
  readonly kindName: string
  readonly littleEndian: boolean
  /** The offset of the first voxel in the inflated file. */
  readonly offset: number
}

export const BYTES: Readonly<Record<Kind, number>> = {
  ...{ int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, float32: 4, float64: 8 },
}

/** A file that cannot be looked into, in words for whoever dropped it. */
export class Unreadable extends Error {}

export const voxelsOf = ({ shape }: Pick<Head, 'shape'>): number => shape[0] * shape[1] * shape[2]

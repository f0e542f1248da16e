/**
 * The header fields that place a NIfTI file's voxels in the world, with the values they had in the file.
 * A label map is written with exactly these, so they are kept raw: no unit is converted, no default is filled in.
 * (A float32 of NIfTI-1 is exact as a JavaScript number and rounds back to itself.)
 */
import type { Shape } from '../volume/volume.ts'

export interface NiftiGeometry {
  readonly version: 1 | 2
  /** Eight numbers: dim[0] is the number of dimensions, dim[1..3] are nx, ny, nz. */
  readonly dim: readonly number[]
  /** Eight numbers: pixdim[0] is qfac, pixdim[1..3] the voxel sizes in the file's unit. */
  readonly pixdim: readonly number[]
  readonly qformCode: number
  readonly sformCode: number
  /** quatern_b, quatern_c, quatern_d */
  readonly quatern: readonly number[]
  /** qoffset_x, qoffset_y, qoffset_z */
  readonly qoffset: readonly number[]
  /** srow_x, srow_y, srow_z: three rows of four. */
  readonly srow: readonly number[]
  /** The whole field, space and time. */
  readonly xyztUnits: number
}

/** Voxels along i, j, k: dim[1..3]. */
export function shapeOf(geometry: NiftiGeometry): Shape {
  return [geometry.dim[1]!, geometry.dim[2]!, geometry.dim[3]!]
}

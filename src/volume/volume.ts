/**
 * A volume is a box of voxels and the affine that places it in the world.
 *
 * Convention, everywhere in this house:
 * - index (i, j, k), i fastest: the voxel lies at `data[i + nx * (j + ny * k)]`;
 * - world is RAS+ millimetres: +x to the patient's right, +y to anterior, +z to superior;
 * - `affine` is 4×4, row-major, 16 numbers: world = affine · (i, j, k, 1), voxel *centres*;
 * - spacing and orientation are not stored: the affine says them (affine.ts, orientation.ts).
 */

/** Voxels along i, j, k. */
export type Shape = readonly [nx: number, ny: number, nz: number]

/** 4×4, row-major, voxel index → RAS+ mm. */
export type Affine = readonly number[]

export interface Grid {
  readonly shape: Shape
  readonly affine: Affine
}

/** 'scan': as it lay in the file. 'model': reoriented, resampled and normalised by preprocess(), and by nothing else. */
export interface Volume<Frame extends 'scan' | 'model'> extends Grid {
  readonly frame: Frame
  readonly data: Float32Array
}

/** One label value a voxel (0 = background). */
export interface LabelVolume extends Grid {
  readonly data: Uint8Array
}

/** nx · ny · nz */
export function voxelCount(shape: Shape): number {
  return shape[0] * shape[1] * shape[2]
}

/** The smallest box of voxels round those that count. */
import type { Shape } from '../../../src/volume/volume.ts'

export interface BoundingBox {
  /** First and last voxel along each axis; where none counts, lo is the shape and hi is −1. */
  readonly lo: readonly [number, number, number]
  readonly hi: readonly [number, number, number]
}

export function boundingBox([nx, ny, nz]: Shape, counts: (i: number, j: number, k: number) => boolean): BoundingBox {
  const lo: [number, number, number] = [nx, ny, nz]
  const hi: [number, number, number] = [-1, -1, -1]
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        if (!counts(i, j, k)) continue
        if (i < lo[0]) lo[0] = i
        if (i > hi[0]) hi[0] = i
        if (j < lo[1]) lo[1] = j
        if (j > hi[1]) hi[1] = j
        if (k < lo[2]) lo[2] = k
        if (k > hi[2]) hi[2] = k
      }
  return { lo, hi }
}

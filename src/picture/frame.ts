/**
 * A stored grid as a picture sees it: its axes in the order right, anterior, superior (indices here run along those), and where in
 * the stored data each voxel lies. Nothing is copied.
 */
import { type AxisMap, reorientGrid, toCanonical, walkOf } from '../volume/orientation.ts'
import type { Affine, Grid, Shape } from '../volume/volume.ts'

export interface Frame {
  readonly map: AxisMap
  /** Voxels along right, anterior and superior, or the closest to them that the grid has. */
  readonly shape: Shape
  /** The affine of the same indices. */
  readonly affine: Affine
  /** The place in the stored data. */
  voxelAt(i: number, j: number, k: number): number
}

export function frameOf({ shape, affine }: Grid): Frame {
  const map = toCanonical({ affine })
  const { offset, strides } = walkOf(shape, map)
  return {
    map,
    ...reorientGrid({ shape, affine }, map),
    voxelAt: (i, j, k) => offset + i * strides[0] + j * strides[1] + k * strides[2],
  }
}

/** The index in the frame of a voxel by its stored indices. */
export function inFrame({ map, shape }: Frame, stored: Shape): Shape {
  const along = (c: 0 | 1 | 2): number => {
    const index = stored[map.axes[c] as 0 | 1 | 2]
    return map.flips[c] ? shape[c] - 1 - index : index
  }
  return [along(0), along(1), along(2)]
}

/** Where the voxels of a DICOM series lie in the world of the rest of the house. */
import { applyAffine, spacingMm } from '../volume/affine.ts'
import type { Grid } from '../volume/volume.ts'
import type { SourceSeries, SourceSlice } from './source-series.ts'

/** What two grids may differ by and be the same: this share of the smallest distance between voxels. */
const SAME_SHARE = 0.25

export interface Placing extends Pick<SourceSeries, 'shape' | 'orientationLps' | 'pixelSpacingMm' | 'sliceSpacingMm'> {
  readonly slices: readonly Pick<SourceSlice, 'positionLpsMm'>[]
}

/** RAS+ mm (PS3.3, C.7.6.2.1.1, with the first two rows negated); k runs from the first slice to the last. */
export function gridOf({ shape, orientationLps, pixelSpacingMm, sliceSpacingMm, slices }: Placing): Grid {
  const first = slices[0]!.positionLpsMm
  const last = slices.at(-1)!.positionLpsMm
  const [x, y, z, u, v, w] = orientationLps
  const normal = [y * w - z * v, z * u - x * w, x * v - y * u]
  const rows = [0, 1, 2].map((axis) => [
    orientationLps[axis]! * pixelSpacingMm[1],
    orientationLps[axis + 3]! * pixelSpacingMm[0],
    slices.length > 1 ? (last[axis]! - first[axis]!) / (slices.length - 1) : normal[axis]! * sliceSpacingMm,
    first[axis]!,
  ])
  const sign = [-1, -1, 1]
  return { shape, affine: [...rows.flatMap((row, axis) => row.map((value) => sign[axis]! * value + 0)), 0, 0, 0, 1] }
}

/**
 * Whether both have as many voxels along each axis, and no corner of the one lies elsewhere than that of the other.
 * @param share what they may differ by, of the smallest distance between voxels
 */
export function isSameGrid(a: Grid, b: Grid, share = SAME_SHARE): boolean {
  if (a.shape.some((count, axis) => count !== b.shape[axis])) return false
  const tolerance = share * Math.min(...spacingMm(a.affine))
  const [i, j, k] = a.shape.map((count) => [0, count - 1]) as [number[], number[], number[]]
  const corners = i.flatMap((x) => j.flatMap((y) => k.map((z) => [x, y, z] as const)))
  return corners.every((corner) => {
    const [p, q] = [applyAffine(a.affine, ...corner), applyAffine(b.affine, ...corner)]
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) <= tolerance
  })
}

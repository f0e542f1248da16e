/**
 * A scan as brainchop's models take it: a box of equal voxels stored L, I, A (axis i to the left, j down, k forward), intensities
 * scaled between two quantiles, and their tensor [i, j, k] with k fastest, which is ours the other way round. World: RAS+ mm.
 */
import { applyAffine, invert } from '../../src/volume/affine.ts'
import type { Affine, Grid, Volume } from '../../src/volume/volume.ts'

const LOW_QUANTILE = 0.02
const HIGH_QUANTILE = 0.98
const MARGIN_MM = 8

/**
 * The L, I, A box of `mm` wide voxels round every voxel above zero, at most `most` voxels an axis, whose sizes are multiples of 8;
 * as the `whole` cube of `most` voxels it lies round their middle. Its first voxel lies on one of the scan's: a box half a voxel off would blur a scan that has that spacing already.
 */
export function conformedGrid(scan: Volume<'scan'>, mm: number, most: number, whole: boolean): Grid {
  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  const [nx, ny, nz] = scan.shape
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        if (scan.data[at]! <= 0) continue
        applyAffine(scan.affine, i, j, k).forEach((place, axis) => {
          low[axis] = Math.min(low[axis]!, place)
          high[axis] = Math.max(high[axis]!, place)
        })
      }
  const voxels = low.map((place, axis) =>
    whole ? most : Math.min(most, Math.ceil((high[axis]! - place + 2 * MARGIN_MM) / (8 * mm)) * 8),
  ) as [number, number, number]
  const half = voxels.map((count) => (count * mm) / 2)
  const centre = low.map((place, axis) => (place + high[axis]!) / 2) as [number, number, number]
  const wanted = [centre[0] + half[0]!, centre[1] - half[1]!, centre[2] + half[2]!] as const
  const index = applyAffine(invert(scan.affine), ...wanted).map(Math.round) as [number, number, number]
  const [x, y, z] = applyAffine(scan.affine, ...index)
  const affine: Affine = [-mm, 0, 0, x, 0, 0, mm, y, 0, -mm, 0, z, 0, 0, 0, 1]
  return { shape: [voxels[0], voxels[2], voxels[1]], affine }
}

/** Scales to 0 … 1 between two quantiles of a conformed volume of `voxels` in all, whose voxels outside the box are zero. */
export function scaleByQuantiles(data: Float32Array, voxels: number): Float32Array {
  const sorted = Float32Array.from(data).sort()
  const outside = voxels - data.length
  const quantile = (q: number) => sorted[Math.max(0, Math.floor(q * voxels) - outside)]!
  const [low, high] = [quantile(LOW_QUANTILE), quantile(HIGH_QUANTILE)]
  return data.map((value) => Math.min(1, Math.max(0, (value - low) / (high - low))))
}

/** From our order (i fastest) to the models' (k fastest), or back. */
export function reversed<T extends Float32Array | Uint8Array>(
  data: T,
  [nx, ny, nz]: Grid['shape'],
  toModel: boolean,
): T {
  const out = data.slice() as T
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const there = k + nz * (j + ny * i)
        if (toModel) out[there] = data[at]!
        else out[at] = data[there]!
      }
  return out
}

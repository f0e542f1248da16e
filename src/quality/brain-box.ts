/** The box of any grid in which the brain is, by what the tissue finder found in each scan (tissue-finder.ts). */
import { invert, multiply, spacingMm } from '../volume/affine.ts'
import type { Box } from '../volume/crop.ts'
import type { Affine, Grid, LabelVolume, Shape } from '../volume/volume.ts'

/** The brain in one scan, where it lay then (ownMask()), and how its head was moved since (RAS+ mm → RAS+ mm). */
export interface MaskThere {
  readonly mask: LabelVolume
  readonly motion: Affine
}

/** Around what was found in any of the scans and so much more, within the grid; all of the grid where nothing was found in it. */
export function brainBox(found: readonly MaskThere[], grid: Grid, marginMm: number): Box {
  const [low, high] = [[...grid.shape], [0, 0, 0]]
  for (const { mask, motion } of found) {
    const { data, shape, affine } = mask
    const map = multiply(invert(grid.affine), multiply(motion, affine))
    for (const axis of [0, 1, 2] as const) {
      const [least, most] = extentAlong(data, shape, map.slice(4 * axis, 4 * axis + 4))
      const reach = marginMm / spacingMm(grid.affine)[axis]
      low[axis] = Math.min(low[axis]!, Math.max(0, Math.floor(least - reach)))
      high[axis] = Math.max(high[axis]!, Math.min(grid.shape[axis]!, Math.ceil(most + reach) + 1))
    }
  }
  const [x, y, z] = low as [number, number, number]
  const [xEnd, yEnd, zEnd] = high as [number, number, number]
  const isThere = xEnd > x && yEnd > y && zEnd > z
  return isThere ? { start: [x, y, z], end: [xEnd, yEnd, zEnd] } : { start: [0, 0, 0], end: [...grid.shape] }
}

/** Least and most of one coordinate over the voxels of a piece, with the half of a voxel around each; `row` is that of the map. */
function extentAlong(piece: Uint8Array, [nx, ny, nz]: Shape, row: readonly number[]): [least: number, most: number] {
  const [byX, byY, byZ, shift] = row as [number, number, number, number]
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, at++) {
        if (piece[at] === 0) continue
        const place = byX * i + byY * j + byZ * k + shift
        if (place < least) least = place
        if (place > most) most = place
      }
    }
  }
  const half = Math.max(Math.abs(byX), Math.abs(byY), Math.abs(byZ)) / 2
  return [least - half, most + half]
}

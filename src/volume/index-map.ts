/**
 * The map from the indices of one grid to the indices of another, through the world.
 *
 * Two headers that mean the same place differ in the last bits (float32 affines, flips that move the origin). So the
 * map is snapped: what differs from a whole number (shift: from a half) by less than a thousandth of a voxel over the
 * whole grid is that number, and the rest lies on a lattice of 2⁻²⁰ (shift: 2⁻²¹). Grids that coincide are then copied
 * without interpolation, and one head stored in two orientations gives the same bits.
 */
import { invert, multiply } from './affine.ts'
import type { Affine, Grid } from './volume.ts'

const NOTHING_VOXELS = 1e-3

/** `value` snapped; `reach` is the number of steps over which an error in it adds up. */
export function snap(value: number, reach: number): number {
  const whole = Math.round(value)
  const snapped = Math.abs(value - whole) * reach < NOTHING_VOXELS ? whole : Math.round(value * 2 ** 20) / 2 ** 20
  return snapped + 0 // -0 is 0
}

/** Index on `from` → index on `to` (voxel centres are whole numbers), 4×4 row-major. */
export function indexMap(from: Grid, to: Grid): Affine {
  const exact = multiply(invert(to.affine), from.affine)
  return exact.map((value, at) => {
    if (at >= 12) return at === 15 ? 1 : 0
    // The shift's lattice is twice as fine: a centred grid puts it on a lattice point, never between two.
    return at % 4 === 3 ? snap(value * 2, 0.5) / 2 : snap(value, from.shape[at % 4]!)
  })
}

/** Whether axes map to axes one to one, so that resampling can go axis by axis. */
export function isDiagonal(map: Affine): boolean {
  return [1, 2, 4, 6, 8, 9].every((at) => map[at] === 0)
}

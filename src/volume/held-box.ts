/** Where a resampled volume can be anything but 0: around a skull-stripped brain most of a field of view need never be made. */
import { invert, multiply } from './affine.ts'
import { type Box, boxOfFilled, reorientBox } from './crop.ts'
import { indexMap, isDiagonal } from './index-map.ts'
import { minimum } from './minimum.ts'
import { closestAxes, reorientGrid } from './orientation.ts'
import type { Source } from './resample.ts'
import { reachesAll, type Taps, tapsOf } from './taps.ts'
import type { Grid } from './volume.ts'

/**
 * The box of `grid` beyond which resampleTo() gives 0 everywhere; null where that is not known: the axes are not parallel, what lies
 * beyond the field of view is not 0, or nothing is held at all.
 */
export function heldBox(source: Source, grid: Grid): Box | null {
  const axes = closestAxes(multiply(invert(grid.affine), source.affine))
  const aligned = reorientGrid(source, axes)
  const map = indexMap(grid, aligned)
  if (!isDiagonal(map)) return null
  const taps = tapsOf(map, grid.shape, aligned.shape)
  if (!taps.every(reachesAll) && minimum(source.data) !== 0) return null
  const filled = boxOfFilled(source.data, source.shape)
  if (filled === null) return null
  const { start, end } = reorientBox(filled, source.shape, axes)
  const along = taps.map((ofAxis, axis) => outputsOf(ofAxis, start[axis]!, end[axis]!))
  if (along.some(([from, to]) => from >= to)) return null
  const at = (which: 0 | 1) => [along[0]![which], along[1]![which], along[2]![which]] as const
  return { start: at(0), end: at(1) }
}

/** The outputs [from, to) that take anything of the sources [start, end). */
function outputsOf({ first, index }: Taps, start: number, end: number): readonly [number, number] {
  let [from, to] = [first.length - 1, 0]
  for (let o = 0; o < first.length - 1; o++) {
    const [a, last] = [first[o]!, first[o + 1]! - 1]
    if (a > last || index[last]! < start || index[a]! >= end) continue
    from = Math.min(from, o)
    to = o + 1
  }
  return [from, to]
}

/**
 * Bring a volume to another grid through the world, trilinearly (the mean over the voxel's box where the target is
 * coarser, taps.ts). Where the axes of the two grids are parallel, as nearly always, each row is blended from its
 * neighbours and then taken along i; otherwise every voxel looks up its own eight.
 *
 * Outside the source's field of view the value is the source's minimum (`fill` where that is given): in an MRI nothing was measured there, and
 * the minimum is what air looks like, so a cut field of view does not become the darkest or brightest tissue.
 */
import { invert, multiply } from './affine.ts'
import { filledRows } from './filled-rows.ts'
import { indexMap, isDiagonal } from './index-map.ts'
import { minimum } from './minimum.ts'
import { closestAxes, reorientGrid, type Walk, walkOf } from './orientation.ts'
import { resampleTilted } from './resample-tilted.ts'
import { searchFilled } from './row-search.ts'
import { isCopy, mostTaps, type PairedTaps, pairedTaps, reachesAll, type Taps, tapsOf } from './taps.ts'
import { type Grid, type Shape, voxelCount } from './volume.ts'

export interface Source extends Grid {
  readonly data: Float32Array
}

/**
 * The values of `source` at the voxel centres of `grid`, i fastest.
 * The result depends on where the voxels lie, not on the order in which the source stores its axes.
 */
export function resampleTo(source: Source, grid: Grid, fill?: number): Float32Array<ArrayBuffer> {
  const axes = closestAxes(multiply(invert(grid.affine), source.affine))
  const aligned = reorientGrid(source, axes)
  const walk = walkOf(source.shape, axes)
  const map = indexMap(grid, aligned)
  const out = new Float32Array(voxelCount(grid.shape))
  const taps = isDiagonal(map) ? tapsOf(map, grid.shape, aligned.shape) : null
  const beyond = taps?.every(reachesAll) ? 0 : (fill ?? minimum(source.data))
  if (beyond !== 0) out.fill(beyond)
  if (taps === null) resampleTilted(source.data, aligned.shape, walk, map, out, grid.shape)
  else if (taps.every(isCopy)) copyRows(source.data, walk, taps, out, grid.shape)
  else resampleRows(source.data, walk, aligned.shape, taps, out, grid.shape, beyond === 0)
  return out
}

/** Whether the voxels of `grid` are those of `source`, each one of them, in whatever order they are stored. */
export function hasSameVoxels(source: Grid, grid: Grid): boolean {
  const aligned = reorientGrid(source, closestAxes(multiply(invert(grid.affine), source.affine)))
  const isSame = (value: number, at: number) => value === (at % 5 === 0 ? 1 : 0)
  return aligned.shape.every((size, axis) => size === grid.shape[axis]) && indexMap(grid, aligned).every(isSame)
}

/** Axes that coincide up to a shift: nothing is mixed. */
function copyRows(
  data: Float32Array,
  { offset, strides }: Walk,
  [alongI, alongJ, alongK]: readonly [Taps, Taps, Taps],
  out: Float32Array,
  shape: Shape,
): void {
  // of voxels in a row those that have a tap are in a row too
  const start = alongI.first.indexOf(1) - 1
  const count = alongI.index.length
  if (count === 0) return
  const [step] = strides
  for (let k = 0; k < shape[2]; k++) {
    if (alongK.first[k] === alongK.first[k + 1]) continue
    for (let j = 0; j < shape[1]; j++) {
      if (alongJ.first[j] === alongJ.first[j + 1]) continue
      const b = alongJ.index[alongJ.first[j]!]!
      const c = alongK.index[alongK.first[k]!]!
      let from = offset + alongI.index[0]! * step + b * strides[1] + c * strides[2]
      const to = start + shape[0] * (j + shape[1] * k)
      // −0 becomes 0, as in a sum
      for (let i = 0; i < count; i++, from += step) out[to + i] = data[from]! + 0
    }
  }
}

/** Into places [start, end) of `row` the sum of `count` rows of `data`, and 0 elsewhere. @param places where each row begins */
function blendRows(
  row: Float64Array,
  data: Float32Array,
  places: Int32Array,
  weights: Float64Array,
  count: number,
  step: number,
  start: number,
  end: number,
): void {
  row.fill(0)
  const placeOf = (n: number): number => places[n]! + start * step
  let n = 0
  // four at a time, added one after the other: the same bits for half the time
  for (; n + 4 <= count; n += 4) {
    const [u, v, w, z] = [weights[n]!, weights[n + 1]!, weights[n + 2]!, weights[n + 3]!]
    let [atU, atV, atW, atZ] = [placeOf(n), placeOf(n + 1), placeOf(n + 2), placeOf(n + 3)]
    for (let i = start; i < end; i++) {
      row[i] = row[i]! + u * data[atU]! + v * data[atV]! + w * data[atW]! + z * data[atZ]!
      atU += step
      atV += step
      atW += step
      atZ += step
    }
  }
  for (; n < count; n++) {
    const weight = weights[n]!
    let from = placeOf(n)
    for (let i = start; i < end; i++, from += step) row[i]! += weight * data[from]!
  }
}

/** Writes a row of `out` from `to` on. @param row holds nothing but in [start, end) */
function takeRow(
  out: Float32Array,
  to: number,
  row: Float64Array,
  { first, index, weight }: Taps,
  start: number,
  end: number,
): void {
  for (let i = 0, a = 0; i < first.length - 1; i++) {
    const last = first[i + 1]! - 1
    if (a > last) continue
    let sum = 0
    if (index[last]! < start || index[a]! >= end) a = last + 1
    else for (; a <= last; a++) sum += weight[a]! * row[index[a]!]!
    out[to + i] = sum
  }
}

/** takeRow() for two taps a voxel. */
function takePairs(
  out: Float32Array,
  to: number,
  row: Float64Array,
  { from, end, low, high, lowWeight, highWeight }: PairedTaps,
  rowStart: number,
  rowEnd: number,
): void {
  let i = from
  for (; i < end && high[i]! < rowStart; i++) out[to + i] = 0
  for (; i < end && low[i]! < rowEnd; i++) out[to + i] = lowWeight[i]! * row[low[i]!]! + highWeight[i]! * row[high[i]!]!
  for (; i < end; i++) out[to + i] = 0
}

/**
 * Parallel axes: taps for each axis, rows blended first, each where it holds anything.
 * @param isBlank `out` is 0 as it is: where nothing is held nothing is written, and pages in which nothing is written take no memory
 */
function resampleRows(
  data: Float32Array,
  walk: Walk,
  sources: Shape,
  [alongI, alongJ, alongK]: readonly [Taps, Taps, Taps],
  out: Float32Array,
  shape: Shape,
  isBlank: boolean,
): void {
  const row = new Float64Array(sources[0])
  const { offset, strides } = walk
  const [step] = strides
  const [firstTap, endTap] = [alongI.index[0] ?? 0, (alongI.index.at(-1) ?? -1) + 1]
  const filled = Math.abs(step) === 1 ? filledRows(searchFilled(data), walk, sources) : null
  const pairs = pairedTaps(alongI)
  const mostRows = mostTaps(alongJ) * mostTaps(alongK)
  const [places, weights] = [new Int32Array(mostRows), new Float64Array(mostRows)]
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      let count = 0
      let [rowStart, rowEnd] = filled === null ? [firstTap, endTap] : [endTap, firstTap]
      for (let c = alongK.first[k]!; c < alongK.first[k + 1]!; c++) {
        for (let b = alongJ.first[j]!; b < alongJ.first[j + 1]!; b++) {
          const place = offset + alongK.index[c]! * strides[2] + alongJ.index[b]! * strides[1]
          places[count] = place
          weights[count++] = alongK.weight[c]! * alongJ.weight[b]!
          if (filled === null) continue
          rowStart = Math.min(rowStart, Math.max(firstTap, filled.startOf(place)))
          rowEnd = Math.max(rowEnd, Math.min(endTap, filled.endOf(place)))
        }
      }
      if (count === 0 || (isBlank && rowStart >= rowEnd)) continue
      blendRows(row, data, places, weights, count, step, rowStart, rowEnd)
      const to = shape[0] * (j + shape[1] * k)
      if (pairs === null) takeRow(out, to, row, alongI, rowStart, rowEnd)
      else takePairs(out, to, row, pairs, rowStart, rowEnd)
    }
  }
}

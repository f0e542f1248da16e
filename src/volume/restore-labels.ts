/**
 * Bring a label map to another grid through the world. The map of each label is interpolated trilinearly and the
 * largest wins, but no map is ever made: a voxel's (at most eight, or more where the target is coarser) neighbours
 * vote with their weights. Equal votes go to the label of the nearest neighbour (of two equally near, the lower
 * index on the label map), else to the lower value. Outside the label map is background.
 *
 * The target is walked in the order of the label map's axes, so the answer for a place does not depend on how the
 * target stores its axes, and where the grids coincide up to a shift (the crop!) labels are copied.
 */
import { invert, multiply } from './affine.ts'
import { type Ballot, createBallot } from './ballot.ts'
import { filledRows } from './filled-rows.ts'
import { indexMap, isDiagonal } from './index-map.ts'
import { closestAxes, reorientGrid, type Walk, walkOf } from './orientation.ts'
import { searchFilled } from './row-search.ts'
import { isCopy, mostTaps, type Taps, tapsOf } from './taps.ts'
import { type Affine, type Grid, type LabelVolume, type Shape, voxelCount } from './volume.ts'
import { nearestIndex, voteTilted } from './vote-tilted.ts'

/** The label of each voxel of `grid`, i fastest. */
export function restoreLabels(labels: LabelVolume, grid: Grid): Uint8Array {
  const axes = closestAxes(multiply(invert(labels.affine), grid.affine))
  const aligned = reorientGrid(grid, axes)
  const walk = walkOf(grid.shape, axes)
  const map = indexMap(aligned, labels)
  const out = new Uint8Array(voxelCount(grid.shape))
  if (isDiagonal(map)) {
    const taps = tapsOf(map, aligned.shape, labels.shape)
    if (taps.every(isCopy)) copyRows(labels, taps, aligned.shape, walk, out)
    else voteRows(labels, taps, map, aligned.shape, walk, out)
  } else voteTilted(labels, map, aligned.shape, walk, out)
  return out
}

/** Axes that coincide up to a shift. */
function copyRows(
  { data, shape: [width, height] }: LabelVolume,
  [alongI, alongJ, alongK]: readonly [Taps, Taps, Taps],
  shape: Shape,
  { offset, strides }: Walk,
  out: Uint8Array,
): void {
  // of voxels in a row those that have a tap are in a row too
  const start = alongI.first.indexOf(1) - 1
  const [step] = strides
  for (let k = 0; k < shape[2]; k++) {
    if (alongK.first[k] === alongK.first[k + 1]) continue
    for (let j = 0; j < shape[1]; j++) {
      if (alongJ.first[j] === alongJ.first[j + 1]) continue
      const from = width * (alongJ.index[alongJ.first[j]!]! + height * alongK.index[alongK.first[k]!]!)
      let to = offset + start * step + j * strides[1] + k * strides[2]
      for (let i = 0; i < alongI.index.length; i++, to += step) {
        // pages in which nothing is written take no memory
        const label = data[from + alongI.index[i]!]!
        if (label !== 0) out[to] = label
      }
    }
  }
}

/** Parallel axes: taps for each axis. */
function voteRows(
  { data, shape: labels }: LabelVolume,
  [alongI, alongJ, alongK]: readonly [Taps, Taps, Taps],
  map: Affine,
  shape: Shape,
  walk: Walk,
  out: Uint8Array,
): void {
  const nearest = ([0, 1, 2] as const).map((axis) =>
    Int32Array.from({ length: shape[axis] }, (_, o) =>
      nearestIndex(map[5 * axis]! * o + map[4 * axis + 3]!, labels[axis]),
    ),
  )
  const ballot = createBallot()
  const [width, height] = labels
  const filled = filledRows(searchFilled(data), { strides: [1, width, width * height] }, labels)
  const most = mostTaps(alongJ) * mostTaps(alongK)
  const rows: Rows = { count: 0, starts: new Int32Array(most), shares: new Float64Array(most) }
  const agreed = new Int16Array(width)
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      rows.count = 0
      let rowStart = width
      let rowEnd = 0
      for (let c = alongK.first[k]!; c < alongK.first[k + 1]!; c++) {
        for (let b = alongJ.first[j]!; b < alongJ.first[j + 1]!; b++) {
          const row = width * (alongJ.index[b]! + height * alongK.index[c]!)
          rows.starts[rows.count] = row
          rows.shares[rows.count++] = alongJ.weight[b]! * alongK.weight[c]!
          rowStart = Math.min(rowStart, filled.startOf(row))
          rowEnd = Math.max(rowEnd, filled.endOf(row))
        }
      }
      // where all that votes is background
      if (rowStart >= rowEnd) continue
      agree(agreed, data, rows, rowStart, rowEnd)
      const nearestRow = width * (nearest[1]![j]! + height * nearest[2]![k]!)
      const at = walk.offset + j * walk.strides[1] + k * walk.strides[2]
      voteRow(out, at, walk.strides[0], data, rows, agreed, alongI, rowStart, rowEnd, nearest[0]!, nearestRow, ballot)
    }
  }
}

/** The rows of labels that have a vote in a row of the target: where each begins, and its share. */
interface Rows {
  count: number
  readonly starts: Int32Array
  readonly shares: Float64Array
}

/** No label: the rows do not have the same one there. */
const DISAGREED = -1

/** The label that all rows have at each of their voxels, or DISAGREED; they hold background outside of [start, end). */
function agree(agreed: Int16Array, data: Uint8Array, { count, starts }: Rows, start: number, end: number): void {
  agreed.fill(0)
  for (let i = start, at = starts[0]! + start; i < end; i++, at++) agreed[i] = data[at]!
  for (let r = 1; r < count; r++)
    for (let i = start, at = starts[r]! + start; i < end; i++, at++) if (agreed[i] !== data[at]!) agreed[i] = DISAGREED
}

/** One row of the target: where its neighbours agree that is the label, elsewhere they vote. */
function voteRow(
  out: Uint8Array,
  to: number,
  step: number,
  data: Uint8Array,
  { count, starts, shares }: Rows,
  agreed: Int16Array,
  { first, index, weight }: Taps,
  rowStart: number,
  rowEnd: number,
  nearest: Int32Array,
  nearestRow: number,
  ballot: Ballot,
): void {
  for (let i = 0, at = to; i < nearest.length; i++, at += step) {
    const start = first[i]!
    const end = first[i + 1]!
    if (start === end || index[end - 1]! < rowStart || index[start]! >= rowEnd) continue
    const one = agreed[index[start]!]!
    let unanimous = one !== DISAGREED
    for (let a = start + 1; unanimous && a < end; a++) unanimous = agreed[index[a]!] === one
    if (unanimous) {
      // pages in which nothing is written take no memory
      if (one !== 0) out[at] = one
      continue
    }
    ballot.clear()
    for (let r = 0; r < count; r++)
      for (let a = start; a < end; a++) ballot.add(data[starts[r]! + index[a]!]!, shares[r]! * weight[a]!)
    out[at] = ballot.winner(data[nearestRow + nearest[i]!]!)
  }
}

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
import { isCopy, reachesAll, type Taps, tapsOf } from './taps.ts'
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
  if (taps === null || !taps.every(reachesAll)) out.fill(fill ?? minimum(source.data))
  if (taps === null) resampleTilted(source.data, aligned.shape, walk, map, out, grid.shape)
  else if (taps.every(isCopy)) copyRows(source.data, walk, taps, out, grid.shape)
  else resampleRows(source.data, walk, aligned.shape, taps, out, grid.shape)
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

/** Parallel axes: taps for each axis, rows blended first, each where it holds anything. */
function resampleRows(
  data: Float32Array,
  walk: Walk,
  sources: Shape,
  [alongI, alongJ, alongK]: readonly [Taps, Taps, Taps],
  out: Float32Array,
  shape: Shape,
): void {
  const row = new Float64Array(sources[0])
  const { offset, strides } = walk
  const [step] = strides
  const [firstTap, endTap] = [alongI.index[0] ?? 0, (alongI.index.at(-1) ?? -1) + 1]
  const filled = Math.abs(step) === 1 ? filledRows(data, walk, sources) : null
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      row.fill(0)
      const reached = alongJ.first[j]! < alongJ.first[j + 1]! && alongK.first[k]! < alongK.first[k + 1]!
      let [rowStart, rowEnd] = [firstTap, endTap]
      if (filled !== null) {
        ;[rowStart, rowEnd] = [endTap, firstTap]
        for (let c = alongK.first[k]!; c < alongK.first[k + 1]!; c++) {
          for (let b = alongJ.first[j]!; b < alongJ.first[j + 1]!; b++) {
            const place = offset + alongK.index[c]! * strides[2] + alongJ.index[b]! * strides[1]
            rowStart = Math.min(rowStart, Math.max(firstTap, filled.startOf(place)))
            rowEnd = Math.max(rowEnd, Math.min(endTap, filled.endOf(place)))
          }
        }
      }
      for (let c = alongK.first[k]!; c < alongK.first[k + 1]!; c++) {
        const ofPlane = offset + rowStart * step + alongK.index[c]! * strides[2]
        const placeOf = (b: number): number => ofPlane + alongJ.index[b]! * strides[1]
        const weightOf = (b: number): number => alongK.weight[c]! * alongJ.weight[b]!
        let b = alongJ.first[j]!
        // four at a time, added one after the other: the same bits for half the time
        for (; b + 4 <= alongJ.first[j + 1]!; b += 4) {
          const [u, v, w, z] = [weightOf(b), weightOf(b + 1), weightOf(b + 2), weightOf(b + 3)]
          let [atU, atV, atW, atZ] = [placeOf(b), placeOf(b + 1), placeOf(b + 2), placeOf(b + 3)]
          for (let i = rowStart; i < rowEnd; i++) {
            row[i] = row[i]! + u * data[atU]! + v * data[atV]! + w * data[atW]! + z * data[atZ]!
            atU += step
            atV += step
            atW += step
            atZ += step
          }
        }
        for (; b < alongJ.first[j + 1]!; b++) {
          const weight = weightOf(b)
          let from = placeOf(b)
          for (let i = rowStart; i < rowEnd; i++, from += step) row[i]! += weight * data[from]!
        }
      }
      if (!reached) continue
      const start = shape[0] * (j + shape[1] * k)
      for (let i = 0; i < shape[0]; i++) {
        const end = alongI.first[i + 1]!
        let a = alongI.first[i]!
        if (a === end) continue
        if (alongI.index[end - 1]! < rowStart || alongI.index[a]! >= rowEnd) {
          out[start + i] = 0
          continue
        }
        let sum = 0
        for (; a < end; a++) sum += alongI.weight[a]! * row[alongI.index[a]!]!
        out[start + i] = sum
      }
    }
  }
}

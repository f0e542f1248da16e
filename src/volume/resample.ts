/**
 * Bring a volume to another grid through the world, trilinearly (the mean over the voxel's box where the target is
 * coarser, taps.ts). Where the axes of the two grids are parallel, as nearly always, each row is blended from its
 * neighbours and then taken along i; otherwise every voxel looks up its own eight.
 *
 * Outside the source's field of view the value is the source's minimum: in an MRI nothing was measured there, and
 * the minimum is what air looks like, so a cut field of view does not become the darkest or brightest tissue.
 */
import { invert, multiply } from './affine.ts'
import { indexMap, isDiagonal } from './index-map.ts'
import { minimum } from './minimum.ts'
import { closestAxes, reorientGrid, type Walk, walkOf } from './orientation.ts'
import { resampleTilted } from './resample-tilted.ts'
import { type Taps, tapsOf } from './taps.ts'
import { type Grid, type Shape, voxelCount } from './volume.ts'

export interface Source extends Grid {
  readonly data: Float32Array
}

/**
 * The values of `source` at the voxel centres of `grid`, i fastest.
 * The result depends on where the voxels lie, not on the order in which the source stores its axes.
 */
export function resampleTo(source: Source, grid: Grid, fill: number = minimum(source.data)): Float32Array {
  const axes = closestAxes(multiply(invert(grid.affine), source.affine))
  const aligned = reorientGrid(source, axes)
  const walk = walkOf(source.shape, axes)
  const map = indexMap(grid, aligned)
  const out = new Float32Array(voxelCount(grid.shape)).fill(fill)
  if (isDiagonal(map))
    resampleRows(source.data, walk, aligned.shape[0], tapsOf(map, grid.shape, aligned.shape), out, grid.shape)
  else resampleTilted(source.data, aligned.shape, walk, map, out, grid.shape)
  return out
}

/** Parallel axes: taps for each axis, rows blended first. */
function resampleRows(
  data: Float32Array,
  { offset, strides }: Walk,
  rowLength: number,
  [alongI, alongJ, alongK]: readonly [Taps, Taps, Taps],
  out: Float32Array,
  shape: Shape,
): void {
  const row = new Float64Array(rowLength)
  const [step] = strides
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      row.fill(0)
      let reached = false
      for (let c = alongK.first[k]!; c < alongK.first[k + 1]!; c++) {
        for (let b = alongJ.first[j]!; b < alongJ.first[j + 1]!; b++) {
          const weight = alongK.weight[c]! * alongJ.weight[b]!
          let from = offset + alongJ.index[b]! * strides[1] + alongK.index[c]! * strides[2]
          for (let i = 0; i < row.length; i++, from += step) row[i]! += weight * data[from]!
          reached = true
        }
      }
      if (!reached) continue
      const start = shape[0] * (j + shape[1] * k)
      for (let i = 0; i < shape[0]; i++) {
        const end = alongI.first[i + 1]!
        let a = alongI.first[i]!
        if (a === end) continue
        let sum = 0
        for (; a < end; a++) sum += alongI.weight[a]! * row[alongI.index[a]!]!
        out[start + i] = sum
      }
    }
  }
}

/** What a scan shows of each label near a place: the mean of its voxels over blocks of the grid and those beside them. */
import { spacingMm } from '../volume/affine.ts'
import type { LabelVolume, Shape } from '../volume/volume.ts'
import type { BlockLattice } from './block-lattice.ts'

/** Edge of a block. With the blur over neighbours the mean is that of a Gaussian of about 7 mm. */
const BLOCK_MM = 8
/** The whole head's mean counts in each block as 16 voxels of its own, whose weight in the blur is 8: it is what is left where a label is rare. */
const PRIOR_WEIGHT = 16 * 8

export interface LocalMeans extends BlockLattice {
  /** By label, null for one that has no voxel: of each block, in the scan's intensity. */
  readonly of: readonly (Float32Array | null)[]
  /** By label, null for one that has no voxel: of the whole head. */
  readonly whole: readonly ({ readonly mean: number; readonly variance: number } | null)[]
}

/** The scan's voxel at (i, j, k) of the labels lies in `values` at `rowAt(j, k) + i`. */
export interface Intensities {
  readonly values: Float32Array
  readonly rowAt: (j: number, k: number) => number
}

/** @param labelCount labels are 0 … labelCount − 1; background, 0, has no mean */
export function localMeans(labels: LabelVolume, { values, rowAt }: Intensities, labelCount: number): LocalMeans {
  const [nx, ny, nz] = labels.shape
  const blockVoxels = spacingMm(labels.affine).map((mm) => Math.max(1, Math.round(BLOCK_MM / mm))) as unknown as Shape
  const [bi, bj, bk] = blockVoxels
  const shape: Shape = [Math.ceil(nx / bi), Math.ceil(ny / bj), Math.ceil(nz / bk)]
  const blocks = shape[0] * shape[1] * shape[2]
  const sums = new Float64Array(labelCount * blocks)
  const counts = new Float64Array(labelCount * blocks)
  const squares = new Float64Array(labelCount)
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, at += nx) {
      const first = shape[0] * (Math.floor(j / bj) + shape[1] * Math.floor(k / bk))
      addRow({ sums, counts, squares, blocks }, labels.data, at, nx, values, rowAt(j, k), first, bi)
    }
  }
  const of: (Float32Array | null)[] = []
  const whole: LocalMeans['whole'][number][] = []
  for (let label = 0; label < labelCount; label++) {
    const [sum, count] = [sums, counts].map((all) => all.subarray(label * blocks, (label + 1) * blocks)) as [
      Float64Array,
      Float64Array,
    ]
    const voxels = count.reduce((total, one) => total + one, 0)
    const mean = voxels === 0 ? null : sum.reduce((total, one) => total + one, 0) / voxels
    whole.push(mean === null ? null : { mean, variance: Math.max(0, squares[label]! / voxels - mean ** 2) })
    if (mean === null) {
      of.push(null)
      continue
    }
    for (const values of [sum, count]) blur(values, shape)
    of.push(Float32Array.from(sum, (one, at) => (one + PRIOR_WEIGHT * mean) / (count[at]! + PRIOR_WEIGHT)))
  }
  return { shape, blockVoxels, of, whole }
}

/** A function of its own: called for each row, it is compiled at once. */
function addRow(
  { sums, counts, squares, blocks }: Record<'sums' | 'counts' | 'squares', Float64Array> & { readonly blocks: number },
  labels: Uint8Array,
  at: number,
  nx: number,
  values: Float32Array,
  row: number,
  first: number,
  edge: number,
): void {
  for (let i = 0, block = first, left = edge; i < nx; i++) {
    const label = labels[at + i]!
    if (label !== 0) {
      const value = values[row + i]!
      sums[label * blocks + block]! += value
      squares[label]! += value * value
      counts[label * blocks + block]!++
    }
    if (--left === 0) {
      left = edge
      block++
    }
  }
}

/** In place: (1, 2, 1) along each axis, nothing beyond the ends. */
function blur(values: Float64Array, shape: Shape): void {
  for (let axis = 0, stride = 1; axis < 3; stride *= shape[axis]!, axis++) {
    const length = shape[axis]!
    for (let start = 0; start < values.length; start++) {
      if (Math.floor(start / stride) % length !== 0) continue
      for (let n = 0, at = start, before = 0; n < length; n++, at += stride) {
        const here = values[at]!
        values[at] = before + 2 * here + (n < length - 1 ? values[at + stride]! : 0)
        before = here
      }
    }
  }
}

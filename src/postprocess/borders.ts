/**
 * Where the border between two labels lies, by what a scan shows. The network knows what is what, but it has learnt the border
 * from labels of other hands and works on coarser voxels; a scanner blurs a border so that it lies where the intensity is
 * half-way from one side to the other (decision 0055). So a voxel near the border takes the label whose mean nearby it is nearer to.
 */
import type { LabelVolume, Shape } from '../volume/volume.ts'
import { type BlockLattice, rowReader, valueAt } from './block-lattice.ts'
import type { Intensities, LocalMeans } from './local-means.ts'

export interface Border {
  /** Values of labels. */
  readonly between: readonly [number, number]
  /** Of the way from the mean of the first to that of the second: from there on a voxel is of the second. */
  readonly share: number
}

/** Which side a voxel is of, by its intensity: thresholds at the middle of each block. */
export interface Sides extends BlockLattice {
  readonly between: readonly [number, number]
  /** NaN: nothing is said there. */
  readonly thresholds: Float32Array
  /** 1: the second label is the brighter one; −1: the first. */
  readonly sign: 1 | -1
}

/** null: one of both labels is not there, or they look the same. */
export function sidesOf(means: LocalMeans, { between, share }: Border): Sides | null {
  const [first, second] = between
  const [a, b] = [means.of[first] ?? null, means.of[second] ?? null]
  if (a === null || b === null) return null
  const contrast = means.whole[second]!.mean - means.whole[first]!.mean
  if (contrast === 0) return null
  const sign = contrast > 0 ? 1 : -1
  const thresholds = a.map((mean, at) => (sign * (b[at]! - mean) > 0 ? mean + share * (b[at]! - mean) : Number.NaN))
  return { shape: means.shape, blockVoxels: means.blockVoxels, between, thresholds, sign }
}

/** How well a scan tells two labels apart: how far their means lie from each other, in standard deviations within; 0 where one is not there. */
export function contrastToNoise({ whole }: LocalMeans, [first, second]: Border['between']): number {
  const [a, b] = [whole[first] ?? null, whole[second] ?? null]
  if (a === null || b === null) return 0
  return Math.abs(a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2 + Number.EPSILON)
}

/**
 * In place: voxels of the label `from` that touch one of the other label by a face and are on its side become of it, then those that touch
 * these, up to `steps` times. The outermost voxels of the grid stay.
 * Memory: 4 bytes for each voxel that moves, 24 for each that lies beside one.
 */
export function moveBorder(labels: LabelVolume, scan: Intensities, sides: Sides, from: number, steps: number): void {
  if (steps < 1) return
  const { data, shape } = labels
  const [nx, ny] = shape
  const [first, second] = sides.between
  const to = from === first ? second : first
  // of the second label are those above the threshold, if it is the brighter one
  const sign = to === second ? sides.sign : -sides.sign
  let layer = touchingBeyond(labels, scan, sides, from, to, sign)
  for (let step = 1; layer.length > 0; step++) {
    // all of a layer are decided before any is changed; one may be in it more than once
    let moved = 0
    for (const at of layer) {
      if (data[at] === to) continue
      data[at] = to
      layer[moved++] = at
    }
    if (step === steps) break
    const next = besides(data, shape, layer.subarray(0, moved), from)
    let beyond = 0
    for (const at of next) {
      const row = Math.floor(at / nx)
      const i = at - row * nx
      const [j, k] = [row % ny, Math.floor(row / ny)]
      if (sign * (scan.values[scan.rowAt(j, k) + i]! - valueAt(sides, sides.thresholds, i, j, k)) > 0)
        next[beyond++] = at
    }
    layer = next.subarray(0, beyond)
  }
}

/** The voxels of `from`, but the outermost of the grid, that share a face with one of `to` and are on its side. */
function touchingBeyond(
  { data, shape: [nx, ny, nz] }: LabelVolume,
  scan: Intensities,
  sides: Sides,
  from: number,
  to: number,
  sign: number,
): Int32Array {
  let found = new Int32Array(1 << 14)
  let count = 0
  const thresholdsOf = rowReader(sides, sides.thresholds, nx)
  for (let k = 1; k < nz - 1; k++) {
    for (let j = 1; j < ny - 1; j++) {
      const row = nx * (j + ny * k)
      let start = row + 1
      while (start < row + nx - 1 && data[start] !== from) start++
      if (start === row + nx - 1) continue
      const thresholds = thresholdsOf(j, k)
      if (count + nx > found.length) {
        const more = new Int32Array(2 * found.length)
        more.set(found)
        found = more
      }
      const inScan = scan.rowAt(j, k) - row
      count = beyondOfRow(
        { data, from, to, nx, plane: nx * ny },
        start,
        row,
        thresholds,
        scan.values,
        inScan,
        sign,
        found,
        count,
      )
    }
  }
  return found.subarray(0, count)
}

/** A function of its own: called for each row, it is compiled at once. */
function beyondOfRow(
  { data, from, to, nx, plane }: { data: Uint8Array; from: number; to: number; nx: number; plane: number },
  start: number,
  row: number,
  thresholds: Float32Array,
  values: Float32Array,
  inScan: number,
  sign: number,
  found: Int32Array,
  count: number,
): number {
  let n = count
  for (let at = start; at < row + nx - 1; at++) {
    if (data[at] !== from || !(sign * (values[at + inScan]! - thresholds[at - row]!) > 0)) continue
    const touches =
      data[at - 1] === to ||
      data[at + 1] === to ||
      data[at - nx] === to ||
      data[at + nx] === to ||
      data[at - plane] === to ||
      data[at + plane] === to
    if (touches) found[n++] = at
  }
  return n
}

/** The voxels of `from`, but the outermost of the grid, that share a face with one of `moved`; some more than once. */
function besides(data: Uint8Array, [nx, ny, nz]: Shape, moved: Int32Array, from: number): Int32Array {
  const found = new Int32Array(6 * moved.length)
  const steps = [-1, 1, -nx, nx, -nx * ny, nx * ny]
  let count = 0
  for (const at of moved) {
    for (const step of steps) {
      const next = at + step
      if (data[next] !== from) continue
      const row = Math.floor(next / nx)
      const [i, j, k] = [next - row * nx, row % ny, Math.floor(row / ny)]
      if (i > 0 && i < nx - 1 && j > 0 && j < ny - 1 && k > 0 && k < nz - 1) found[count++] = next
    }
  }
  return found.subarray(0, count)
}

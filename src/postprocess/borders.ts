/**
 * Where the border between two labels lies, by what a scan shows. The network knows what is what, but it has learnt the border
 * from labels of other hands and works on coarser voxels; a scanner blurs a border so that it lies where the intensity is
 * half-way from one side to the other (decision 0055). So a voxel near the border takes the label whose mean nearby it is nearer to.
 */
import { fourAtOnce, nextFilled } from '../volume/next-filled.ts'
import type { LabelVolume } from '../volume/volume.ts'
import { type BlockLattice, rowReader, valueAt } from './block-lattice.ts'
import type { Intensities, LocalMeans } from './local-means.ts'

/**
 * Where two labels differ by less than this share of what they do in the whole head, the scan does not tell them apart: deep nuclei are
 * nearly as bright as white matter in a T1, and half-way from cortex lies in the middle of them.
 */
const LEAST_CONTRAST = 0.5

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
  const least = LEAST_CONTRAST * Math.abs(contrast)
  const thresholds = a.map((mean, at) => (sign * (b[at]! - mean) > least ? mean + share * (b[at]! - mean) : Number.NaN))
  return { shape: means.shape, blockVoxels: means.blockVoxels, between, thresholds, sign }
}

/** How well a scan tells two labels apart: how far their means lie from each other, in standard deviations within; 0 where one is not there. */
export function contrastToNoise({ whole }: LocalMeans, [first, second]: Border['between']): number {
  const [a, b] = [whole[first] ?? null, whole[second] ?? null]
  if (a === null || b === null) return 0
  return Math.abs(a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2 + Number.EPSILON)
}

/**
 * In place: voxels of either label that touch one of the other by a face and are on its side become of it, then those that touch these,
 * step by step. The outermost voxels of the grid stay.
 * Memory: 4 bytes for each voxel that moves, 24 for each that lies beside one.
 * @param steps how often into the first label, and into the second
 */
export function moveBorder(
  labels: LabelVolume,
  scan: Intensities,
  sides: Sides,
  [intoFirst, intoSecond]: readonly [number, number],
): void {
  const { data } = labels
  const [first, second] = sides.between
  // how much a voxel of each label, by its value, has to be above the threshold to be of the other one: the sign counts, 0 is never
  const signs = new Int8Array(256)
  const most = Math.max(intoFirst, intoSecond)
  let layer = new Int32Array(0)
  for (let step = 1; step <= most; step++) {
    signs[first] = step <= intoFirst ? sides.sign : 0
    signs[second] = step <= intoSecond ? -sides.sign : 0
    layer = step === 1 ? touchingBeyond(labels, scan, sides, signs) : besidesBeyond(labels, scan, sides, signs, layer)
    // all of a layer are decided before any is changed
    for (const at of layer) data[at] = data[at] === first ? second : first
  }
}

/** The voxels of both labels, but the outermost of the grid, that share a face with one of the other and are on its side. */
function touchingBeyond(
  { data, shape: [nx, ny, nz] }: LabelVolume,
  scan: Intensities,
  sides: Sides,
  signs: Int8Array,
): Int32Array<ArrayBuffer> {
  let found = new Int32Array(1 << 14)
  let count = 0
  const words = signs[0] === 0 ? fourAtOnce(data) : null
  const thresholdsOf = rowReader(sides, sides.thresholds, nx)
  const all = { data, signs, nx, plane: nx * ny, between: sides.between, values: scan.values }
  for (let k = 1; k < nz - 1; k++) {
    for (let j = 1; j < ny - 1; j++) {
      const row = nx * (j + ny * k)
      const last = row + nx - 1
      let start = words === null ? row + 1 : nextFilled(data, words, row + 1, last)
      while (start < last && signs[data[start]!] === 0) start++
      if (start === last) continue
      if (count + nx > found.length) {
        const more = new Int32Array(2 * found.length)
        more.set(found)
        found = more
      }
      count = beyondOfRow(all, start, row, thresholdsOf(j, k), scan.rowAt(j, k) - row, found, count)
    }
  }
  return found.subarray(0, count)
}

interface Looked {
  readonly data: Uint8Array
  readonly signs: Int8Array
  readonly nx: number
  readonly plane: number
  readonly between: Sides['between']
  readonly values: Float32Array
}

/** A function of its own: called for each row, it is compiled at once. */
function beyondOfRow(
  { data, signs, nx, plane, between: [first, second], values }: Looked,
  start: number,
  row: number,
  thresholds: Float32Array,
  inScan: number,
  found: Int32Array,
  count: number,
): number {
  let n = count
  for (let at = start; at < row + nx - 1; at++) {
    const own = data[at]!
    const sign = signs[own]!
    if (sign === 0 || !(sign * (values[at + inScan]! - thresholds[at - row]!) > 0)) continue
    const other = own === first ? second : first
    const touches =
      data[at - 1] === other ||
      data[at + 1] === other ||
      data[at - nx] === other ||
      data[at + nx] === other ||
      data[at - plane] === other ||
      data[at + plane] === other
    if (touches) found[n++] = at
  }
  return n
}

/** The same of those only that share a face with one of `moved`; each once. */
function besidesBeyond(
  { data, shape: [nx, ny, nz] }: LabelVolume,
  scan: Intensities,
  sides: Sides,
  signs: Int8Array,
  moved: Int32Array,
): Int32Array<ArrayBuffer> {
  const steps = [-1, 1, -nx, nx, -nx * ny, nx * ny]
  const found = new Set<number>()
  for (const at of moved) {
    for (const step of steps) {
      const next = at + step
      const sign = signs[data[next]!]!
      if (sign === 0 || data[next] === data[at]) continue
      const row = Math.floor(next / nx)
      const i = next - row * nx
      const j = row % ny
      const k = (row - j) / ny
      if (i === 0 || i === nx - 1 || j === 0 || j === ny - 1 || k === 0 || k === nz - 1) continue
      const value = scan.values[scan.rowAt(j, k) + i]!
      if (sign * (value - valueAt(sides, sides.thresholds, i, j, k)) > 0) found.add(next)
    }
  }
  return Int32Array.from(found)
}

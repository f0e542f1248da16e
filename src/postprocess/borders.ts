/**
 * Where the border between two labels lies, by what a scan shows. The network knows what is what, but it has learnt the border
 * from labels of other hands and works on coarser voxels; a scanner blurs a border so that it lies where the intensity is
 * half-way from one side to the other (decision 0055). So a voxel near the border takes the label whose mean nearby it is nearer to.
 */
import type { LabelVolume, Shape } from '../volume/volume.ts'
import type { BlockLattice, Intensities, LocalMeans } from './local-means.ts'

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
 * Memory: 4 bytes for each voxel that touches the other label.
 */
export function moveBorder(labels: LabelVolume, scan: Intensities, sides: Sides, from: number, steps: number): void {
  const { data, shape } = labels
  const [nx, ny] = shape
  const [first, second] = sides.between
  const to = from === first ? second : first
  // of the second label are those above the threshold, if it is the brighter one
  const sign = to === second ? sides.sign : -sides.sign
  let layer = steps > 0 ? touching(data, shape, from, to) : new Int32Array(0)
  for (let step = 1; layer.length > 0; step++) {
    let beyond = 0
    for (const at of layer) {
      const row = Math.floor(at / nx)
      const [i, j, k] = [at - row * nx, row % ny, Math.floor(row / ny)]
      const value = scan.values[scan.rowAt(j, k) + i]!
      if (sign * (value - thresholdAt(sides, i, j, k)) > 0) layer[beyond++] = at
    }
    // all of a layer are decided before any is changed; one may be in it more than once
    let moved = 0
    for (let n = 0; n < beyond; n++) {
      const at = layer[n]!
      if (data[at] === to) continue
      data[at] = to
      layer[moved++] = at
    }
    if (step === steps) break
    layer = besides(data, shape, layer.subarray(0, moved), from)
  }
}

/** The voxels of `from`, but the outermost of the grid, that share a face with one of `to`. */
function touching(data: Uint8Array, [nx, ny, nz]: Shape, from: number, to: number): Int32Array {
  const plane = nx * ny
  let found = new Int32Array(1 << 16)
  let count = 0
  for (let k = 1; k < nz - 1; k++) {
    for (let j = 1; j < ny - 1; j++) {
      const row = nx * (j + ny * k)
      if (count + nx > found.length) found = widened(found)
      count = touchingOfRow(data, row + 1, row + nx - 1, nx, plane, from, to, found, count)
    }
  }
  return found.subarray(0, count)
}

function widened(found: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * found.length)
  more.set(found)
  return more
}

/** A function of its own: called for each row, it is compiled at once. */
function touchingOfRow(
  data: Uint8Array,
  start: number,
  end: number,
  nx: number,
  plane: number,
  from: number,
  to: number,
  found: Int32Array,
  count: number,
): number {
  let n = count
  for (let at = start; at < end; at++) {
    if (data[at] !== from) continue
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

/** Between the middles of the eight blocks around, linearly; past the outermost ones as at them. */
function thresholdAt({ shape, blockVoxels, thresholds }: Sides, i: number, j: number, k: number): number {
  const [nx, ny, nz] = shape
  const x = Math.min(nx - 1, Math.max(0, (i + 0.5) / blockVoxels[0] - 0.5))
  const y = Math.min(ny - 1, Math.max(0, (j + 0.5) / blockVoxels[1] - 0.5))
  const z = Math.min(nz - 1, Math.max(0, (k + 0.5) / blockVoxels[2] - 0.5))
  const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)]
  const along = x0 < nx - 1 ? 1 : 0
  const across = y0 < ny - 1 ? nx : 0
  const up = z0 < nz - 1 ? nx * ny : 0
  const at = x0 + nx * (y0 + ny * z0)
  const low = planeAt(thresholds, at, along, across, x - x0, y - y0)
  return low + (z - z0) * (planeAt(thresholds, at + up, along, across, x - x0, y - y0) - low)
}

function planeAt(values: Float32Array, at: number, along: number, across: number, x: number, y: number): number {
  const near = values[at]! + x * (values[at + along]! - values[at]!)
  const far = values[at + across]! + x * (values[at + across + along]! - values[at + across]!)
  return near + y * (far - near)
}

/**
 * Intensities of one channel → the network's: (v − mean) / std over the foreground, clipped. See spec.ts.
 * A skull-stripped brain (background exactly zero) and a whole head (noisy air) both have their foreground above a
 * fraction of a bright quantile, so neither the share of air in the field of view nor a few hot or cold voxels matter
 * much.
 */
import { FaultError } from '../errors.ts'
import type { PreprocessSpec } from './spec.ts'

type NormalizeSpec = PreprocessSpec['normalize']

/** The smallest value v of the data such that at least the fraction q of all values is ≤ v (numpy: 'inverted_cdf'). */
export function quantile(data: Float32Array, q: number): number {
  return quantiles(data, [q])[0]!
}

/** Finite floats in the order of their values, as 32-bit keys: the sign bit turned for positives, all for negatives. */
const sortKey = (bits: number): number => bits ^ ((bits >> 31) | 0x80000000)

/**
 * The quantile() at each fraction, from two passes over the data for all of them.
 * Exact whatever the range: the values are found by their upper 16 bits, then by their lower 16.
 */
export function quantiles(data: Float32Array, fractions: readonly number[]): number[] {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
  const upper = new Uint32Array(65536)
  for (let at = 0; at < bits.length; at++) upper[sortKey(bits[at]!) >>> 16]!++
  const places = fractions.map((q) => placeIn(upper, 0, Math.max(1, Math.ceil(q * data.length))))
  const highs = [...new Set(places.map(({ at }) => at))]
  const slotOf = new Uint8Array(65536)
  for (const [n, high] of highs.entries()) slotOf[high] = n + 1
  const lower = new Uint32Array(65536 * (highs.length + 1))
  for (let at = 0; at < bits.length; at++) {
    const key = sortKey(bits[at]!)
    const slot = slotOf[key >>> 16]!
    if (slot !== 0) lower[(slot << 16) | (key & 0xffff)]!++
  }
  return places.map(({ at: high, below, wanted }) => {
    const slot = slotOf[high]!
    const low = placeIn(lower.subarray(slot << 16, (slot + 1) << 16), below, wanted).at
    const key = (high << 16) | low
    return new Float32Array(Int32Array.of(key < 0 ? key ^ 0x80000000 : ~key).buffer)[0]!
  })
}

/** The first bin with which so many are counted as are wanted, and how many lie below it. */
function placeIn(counts: Uint32Array, before: number, wanted: number) {
  let [at, below] = [0, before]
  while (below + counts[at]! < wanted) below += counts[at++]!
  return { at, below, wanted }
}

/**
 * Voxels strictly above this are foreground: low + thresholdFraction · (quantile − low), low = the 1 − quantile. Not the
 * minimum: a few voxels that a spline left below zero would draw the threshold under a background of zeros.
 */
export function foregroundThreshold(data: Float32Array, spec: NormalizeSpec): number {
  return lowAndThreshold(data, spec)[1]
}

function lowAndThreshold(data: Float32Array, spec: NormalizeSpec): readonly [low: number, threshold: number] {
  const [low, bright] = quantiles(data, [1 - spec.quantile, spec.quantile]) as [number, number]
  return [low, low + spec.thresholdFraction * (bright - low)]
}

/** Figures of the values before they are normalised. */
export interface Foreground {
  readonly voxels: number
  /** Standard deviation over the mean, which is taken from the low quantile up: scaling and shifting change nothing. */
  readonly spread: number
}

/**
 * Normalises `data` by its own foreground, or that of `of`, in place (256³ floats are 64 MB: no second copy), and says what that was.
 * Sums run in double precision and in storage order: the same array gives the same bits.
 * @throws FaultError 'scan-constant' where nothing lies above the threshold or all that does is equal.
 */
export function normalize(
  data: Float32Array,
  spec: NormalizeSpec,
  channel: string,
  of: Float32Array = data,
): Foreground {
  const [low, threshold] = lowAndThreshold(of, spec)
  let count = 0
  let sum = 0
  for (let at = 0; at < of.length; at++) {
    const value = of[at]!
    if (value <= threshold) continue
    count++
    sum += value
  }
  const mean = sum / count
  let squares = 0
  for (let at = 0; at < of.length; at++) {
    const value = of[at]!
    if (value > threshold) squares += (value - mean) * (value - mean)
  }
  const std = Math.sqrt(squares / count)
  if (!(std > 0)) {
    const found = count === 0 ? 'no voxel differs from the background' : 'all foreground voxels are equal'
    throw new FaultError('scan-constant', `channel ${channel}: ${found}; a scan must have contrast`)
  }
  const { clip } = spec
  for (let at = 0; at < data.length; at++) {
    const z = (data[at]! - mean) / std
    data[at] = z < -clip ? -clip : z > clip ? clip : z
  }
  return { voxels: count, spread: std / (mean - low) }
}

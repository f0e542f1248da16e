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
 * @param zerosMore as if there were so many zeros more
 */
export function quantiles(data: Float32Array, fractions: readonly number[], zerosMore = 0): number[] {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
  const upper = new Uint32Array(65536)
  let zeros = zerosMore
  for (let at = 0; at < bits.length; at += AT_ONCE) zeros += countUpper(bits.subarray(at, at + AT_ONCE), upper)
  upper[ZERO_KEY >>> 16]! += zeros
  const places = fractions.map((q) => placeIn(upper, 0, Math.max(1, Math.ceil(q * (data.length + zerosMore)))))
  const highs = [...new Set(places.map(({ at }) => at))]
  const slotOf = new Uint8Array(65536)
  for (const [n, high] of highs.entries()) slotOf[high] = n + 1
  const lower = new Uint32Array(65536 * (highs.length + 1))
  for (let at = 0; at < bits.length; at += AT_ONCE) countLower(bits.subarray(at, at + AT_ONCE), slotOf, lower)
  lower[(slotOf[ZERO_KEY >>> 16]! << 16) | (ZERO_KEY & 0xffff)]! += zeros
  return places.map(({ at: high, below, wanted }) => {
    const slot = slotOf[high]!
    const low = placeIn(lower.subarray(slot << 16, (slot + 1) << 16), below, wanted).at
    const key = (high << 16) | low
    return new Float32Array(Int32Array.of(key < 0 ? key ^ 0x80000000 : ~key).buffer)[0]!
  })
}

/** Looked at in pieces: a function that runs often is compiled well, one that runs long is not. */
export const AT_ONCE = 1 << 16
const ZERO_KEY = sortKey(0) >>> 0

/** Counts all that is not zero, and says how much is: around a head half of the values are, and one bin would wait for itself. */
function countUpper(bits: Int32Array, upper: Uint32Array): number {
  let zeros = 0
  for (let at = 0; at < bits.length; at++) {
    if (bits[at] === 0) zeros++
    else upper[sortKey(bits[at]!) >>> 16]!++
  }
  return zeros
}

function countLower(bits: Int32Array, slotOf: Uint8Array, lower: Uint32Array): void {
  for (let at = 0; at < bits.length; at++) {
    if (bits[at] === 0) continue
    const key = sortKey(bits[at]!)
    const slot = slotOf[key >>> 16]!
    if (slot !== 0) lower[(slot << 16) | (key & 0xffff)]!++
  }
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
 * @param zerosMore as of quantiles()
 */
export function foregroundThreshold(data: Float32Array, spec: NormalizeSpec, zerosMore = 0): number {
  return lowAndThreshold(data, spec, zerosMore)[1]
}

function lowAndThreshold(
  data: Float32Array,
  spec: NormalizeSpec,
  zerosMore = 0,
): readonly [low: number, threshold: number] {
  const [low, bright] = quantiles(data, [1 - spec.quantile, spec.quantile], zerosMore) as [number, number]
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
  // of the values above the threshold: an array, since numbers in an object would be made anew at each of them
  const sums = new Float64Array(3)
  for (let at = 0; at < of.length; at += AT_ONCE) addAbove(sums, of.subarray(at, at + AT_ONCE), threshold)
  const count = sums[COUNT]!
  const mean = sums[SUM]! / count
  for (let at = 0; at < of.length; at += AT_ONCE) addSquares(sums, of.subarray(at, at + AT_ONCE), threshold, mean)
  const std = Math.sqrt(sums[SQUARES]! / count)
  if (!(std > 0)) {
    const found = count === 0 ? 'no voxel differs from the background' : 'all foreground voxels are equal'
    throw new FaultError('scan-constant', `channel ${channel}: ${found}; a scan must have contrast`)
  }
  const { clip } = spec
  for (let at = 0; at < data.length; at += AT_ONCE) scale(data.subarray(at, at + AT_ONCE), mean, std, clip)
  return { voxels: count, spread: std / (mean - low) }
}

const [COUNT, SUM, SQUARES] = [0, 1, 2] as const

function addAbove(sums: Float64Array, values: Float32Array, threshold: number): void {
  let count = sums[COUNT]!
  let sum = sums[SUM]!
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (value <= threshold) continue
    count++
    sum += value
  }
  sums[COUNT] = count
  sums[SUM] = sum
}

function addSquares(sums: Float64Array, values: Float32Array, threshold: number, mean: number): void {
  let squares = sums[SQUARES]!
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (value > threshold) squares += (value - mean) * (value - mean)
  }
  sums[SQUARES] = squares
}

function scale(values: Float32Array, mean: number, std: number, clip: number): void {
  for (let at = 0; at < values.length; at++) {
    values[at] = Math.max(-clip, Math.min(clip, (values[at]! - mean) / std))
  }
}

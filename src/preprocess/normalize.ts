/**
 * Intensities of one channel → the network's: (v − mean) / std over the foreground, clipped. See spec.ts.
 * A skull-stripped brain (background exactly zero) and a whole head (noisy air) both have their foreground above a
 * fraction of a bright quantile, so neither the share of air in the field of view nor a few hot or cold voxels matter
 * much.
 */
import { FaultError } from '../errors.ts'
import type { PreprocessSpec } from './spec.ts'

type NormalizeSpec = PreprocessSpec['normalize']

/** Finite floats in the order of their values, as unsigned 32-bit keys: the sign bit turned for positives, all for negatives. */
function sortKey(bits: number): number {
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0
}

/**
 * The smallest value v of the data such that at least the fraction q of all values is ≤ v (numpy: 'inverted_cdf').
 * Exact whatever the range: the value is found by its upper 16 bits, then by its lower 16.
 */
export function quantile(data: Float32Array, q: number): number {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  const wanted = Math.max(1, Math.ceil(q * data.length))
  const upper = new Uint32Array(65536)
  for (let at = 0; at < bits.length; at++) upper[sortKey(bits[at]!) >>> 16]!++
  let below = 0
  let high = 0
  while (below + upper[high]! < wanted) below += upper[high++]!
  const lower = new Uint32Array(65536)
  for (let at = 0; at < bits.length; at++) {
    const key = sortKey(bits[at]!)
    if (key >>> 16 === high) lower[key & 0xffff]!++
  }
  let low = 0
  while (below + lower[low]! < wanted) below += lower[low++]!
  const key = ((high << 16) | low) >>> 0
  const value = new Uint32Array([key & 0x80000000 ? key ^ 0x80000000 : ~key])
  return new Float32Array(value.buffer)[0]!
}

/**
 * Voxels strictly above this are foreground: low + thresholdFraction · (quantile − low), low = the 1 − quantile. Not the
 * minimum: a few voxels that a spline left below zero would draw the threshold under a background of zeros.
 */
export function foregroundThreshold(data: Float32Array, spec: NormalizeSpec): number {
  return thresholdOver(quantile(data, 1 - spec.quantile), data, spec)
}

function thresholdOver(low: number, data: Float32Array, spec: NormalizeSpec): number {
  return low + spec.thresholdFraction * (quantile(data, spec.quantile) - low)
}

/** Of the values before they are normalised. */
export interface Foreground {
  readonly voxels: number
  /** Standard deviation over the mean, which is taken from the low quantile up: scaling and shifting change nothing. */
  readonly spread: number
}

/**
 * Normalises `data` by its own foreground, in place (256³ floats are 64 MB: no second copy), and says what that was.
 * Sums run in double precision and in storage order: the same array gives the same bits.
 * @throws FaultError 'scan-constant' where nothing lies above the threshold or all that does is equal.
 */
export function normalize(data: Float32Array, spec: NormalizeSpec, channel: string): Foreground {
  const low = quantile(data, 1 - spec.quantile)
  const threshold = thresholdOver(low, data, spec)
  let count = 0
  let sum = 0
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!
    if (value <= threshold) continue
    count++
    sum += value
  }
  const mean = sum / count
  let squares = 0
  for (let at = 0; at < data.length; at++) if (data[at]! > threshold) squares += (data[at]! - mean) ** 2
  const std = Math.sqrt(squares / count)
  if (!(std > 0)) {
    const found = count === 0 ? 'no voxel differs from the background' : `all ${count} foreground voxels are equal`
    throw new FaultError('scan-constant', `channel ${channel}: ${found}; a scan must have contrast`)
  }
  for (let at = 0; at < data.length; at++) {
    const z = (data[at]! - mean) / std
    data[at] = Math.min(Math.max(z, -spec.clip), spec.clip)
  }
  return { voxels: count, spread: std / (mean - low) }
}

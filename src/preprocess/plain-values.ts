/**
 * What a file does to intensities, undone before anything is measured of them: the constant that stands outside of a stripped
 * brain, whatever it is, becomes 0 and everything inside lies above it; voxels that no scanner gives (a hot or dead one, a
 * sum that overflowed) take the value of their neighbours. A scan that has neither is given back as it is, the same array.
 *
 *   z-scored inside, 0 outside:  −2.1 … 3.0 | 0   →   0.0… 5.1 | 0
 *   fill −1000:                   0 … 900 | −1000 →   0.0… 900 | 0
 *   1000 added to everything:  1020 … 1900 | 1000 →    20 … 900 | 0
 */
import { outside } from '../labels/outside.ts'
import { eachFaceNeighbour } from '../volume/face-neighbours.ts'
import { release } from '../volume/release.ts'
import { type Shape, type Volume, voxelCount } from '../volume/volume.ts'
import { fillOf } from './fill-of.ts'
import { AT_ONCE, quantiles } from './normalize.ts'
import { isHounsfield } from './warnings.ts'

/** The share of voxels inside that may lie below a fill of 0: a stripped scan has no more than this after a spline. */
const BELOW_SHARE = 0.05
/** Quantiles of the values inside that neither a hot voxel in fifty nor the air around a head moves far. */
const [DARK, BRIGHT] = [0.05, 0.9]
/** Inside, less than this share is darker than what counts as dark. */
const DARKEST = 0.0001
/** Bright tissue begins where the foreground of normalize() does, as the cards of all models have it. */
const FOREGROUND_FRACTION = 0.15
/**
 * So many quartile distances above the upper quartile. Fat, contrast medium and vessels lie below: with 16 no voxel of 87 real
 * scans, whole and stripped, T1 and FLAIR, was beyond (with 12 ten voxels of one, with 8 up to 254 of nine).
 */
const REACH = 16
/** At most this share of all voxels can be hot or dead. */
const MOST_WILD = 0.01
/** Quantiles are taken of so many voxels, evenly spread. */
const MOST_SAMPLES = 2 ** 20

/** What a scan's values are, and where they stop being believable. */
interface Range {
  readonly fill: number | null
  /** What was added to every voxel, air too. */
  readonly offset: number
  /** Share of the voxels inside that lie below 0. */
  readonly below: number
  readonly darkest: number
  readonly least: number
  readonly most: number
}

/** Evenly spread voxels that are not the fill; empty where there are none. */
function samplesInside(data: Float32Array, fill: number | null): Float32Array {
  const stride = Math.max(1, Math.ceil(data.length / MOST_SAMPLES))
  const found = new Float32Array(Math.ceil(data.length / stride))
  let count = 0
  // no number is no fill
  const outside = fill ?? Number.NaN
  for (let at = 0; at < data.length; at += stride) if (data[at] !== outside) found[count++] = data[at]!
  return found.subarray(0, count)
}

/** In their order. A typed array's own filter() boxes each value on the way, 20 bytes and more. */
function above(values: Float32Array, threshold: number): Float32Array {
  const found = new Float32Array(values.length)
  let count = 0
  for (let at = 0; at < values.length; at++) if (values[at]! > threshold) found[count++] = values[at]!
  return found.subarray(0, count)
}

function rangeOf(data: Float32Array, shape: Shape): Range | null {
  const fill = fillOf(data, shape)
  const inside = samplesInside(data, fill)
  if (inside.length === 0) return null
  const [darkest, low, high] = quantiles(inside, [DARKEST, DARK, BRIGHT]) as [number, number, number]
  const threshold = low + FOREGROUND_FRACTION * (high - low)
  const bright = above(inside, threshold)
  if (bright.length === 0) return null
  const [lower, upper] = quantiles(bright, [0.25, 0.75]) as [number, number]
  const most = upper + REACH * (upper - lower)
  const least = low - (high - low)
  let negative = 0
  for (let at = 0; at < inside.length; at++) if (inside[at]! < 0) negative++
  const offset = fill === null ? 0 : offsetOf(fill, darkest)
  return { fill, offset, below: negative / inside.length, darkest: Math.max(least, darkest), least, most }
}

/**
 * Nobody marks what is outside with a positive number that is less than everything inside: it is what 0 became. And where the darkest
 * inside is below 0 as well, nearer to the fill than to 0, its zero is not 0 either.
 */
function offsetOf(fill: number, darkest: number): number {
  return darkest >= fill && (fill > 0 || darkest < fill / 2) ? fill : 0
}

/** 1 where the fill reaches the border through voxels that share faces, else 0. */
function connectedToBorder(data: Float32Array, shape: Shape, fill: number): Uint8Array {
  const mask = new Uint8Array(data.length)
  for (let at = 0; at < mask.length; at++) mask[at] = data[at] === fill ? 1 : 0
  const isOutside = outside(mask, shape, 1)
  release(mask)
  return isOutside
}

/** Mean of the face neighbours that are believable; the nearest believable value where there are none. */
function mended(data: Float32Array, shape: Shape, at: number, { least, most, fill }: Range): number {
  let sum = 0
  let count = 0
  let outside = 0
  eachFaceNeighbour(shape, at, (neighbour) => {
    const value = data[neighbour]!
    if (value === fill) outside++
    else if (value >= least && value <= most) {
      sum += value
      count++
    }
  })
  if (fill !== null && outside > count) return fill
  return count > 0 ? sum / count : Math.min(Math.max(data[at]!, least), most)
}

/** Values that need not be looked at again: motion is undone before preprocess() sees the scan. */
const knownPlain = new WeakSet<Float32Array>()

/** The same scan where its values are plain; else one with values of its own (4 bytes a voxel more). */
export function plainValues(scan: Volume<'scan'>): Volume<'scan'> {
  if (knownPlain.has(scan.data)) return scan
  const settled = madePlain(scan)
  knownPlain.add(settled.data)
  return settled
}

/** The first wild voxel from `at` on, or the end. @param outside the fill; no number where there is none */
function nextWild(values: Float32Array, at: number, least: number, most: number, outside: number): number {
  for (; at < values.length; at++) {
    const value = values[at]!
    if ((value < least || value > most) && value !== outside) return at
  }
  return at
}

/** Nearly always none, and a loop that ends with the first takes a third of the time of one that counts. */
function wildIn(values: Float32Array, { least, most, fill }: Range): number {
  const next = (at: number): number => nextWild(values, at, least, most, fill ?? Number.NaN)
  let wild = 0
  for (let at = next(0); at < values.length; at = next(at + 1)) wild++
  return wild
}

function madePlain(scan: Volume<'scan'>): Volume<'scan'> {
  const { data, shape } = scan
  if (voxelCount(shape) === 0) return scan
  const range = rangeOf(data, shape)
  if (range === null) return scan
  const { fill, offset, below, darkest, least, most } = range
  if (offset !== 0 && !isHounsfield(data)) return madePlain({ ...scan, data: data.map((value) => value - offset) })
  const plain = fill === null || (fill === 0 && below <= BELOW_SHARE)
  let wild = 0
  for (let at = 0; at < data.length; at += AT_ONCE) wild += wildIn(data.subarray(at, at + AT_ONCE), range)
  // Where there are many it is the scan that is of another kind: bone in computed tomography, a head in a wide view.
  const isMended = wild > 0 && wild <= MOST_WILD * data.length
  if (plain && !isMended) return scan
  // Computed tomography is reported as what it is (warnings.ts); its values say what they mean.
  if (isHounsfield(data)) return scan
  // Values that are none of a z-score or the like keep their own zero.
  const shift = plain || below <= BELOW_SHARE ? 0 : darkest
  const floor = plain ? Number.NEGATIVE_INFINITY : (most - darkest) * 1e-6
  const settled = new Float32Array(data.length)
  // Inside of a z-scored brain there are values that equal the fill.
  const outside = fill === null || plain ? null : connectedToBorder(data, shape, fill)
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!
    if (outside === null ? value === fill : outside[at] === 1) continue
    const isWild = isMended && (value < least || value > most)
    const believable = isWild ? mended(data, shape, at, range) : value
    if (believable !== fill || outside !== null) settled[at] = Math.max(believable - shift, floor)
  }
  return { ...scan, data: settled }
}

/** How much two scans say about each other when one of them is moved, looked at on a lattice in the head. */
import { applyAffine, invert, multiply, spacingMm } from '../volume/affine.ts'
import { blend } from '../volume/resample-tilted.ts'
import { isInside } from '../volume/taps.ts'
import type { Affine, Shape, Volume } from '../volume/volume.ts'
import { foregroundThreshold, quantile, quantiles } from './normalize.ts'
import { BINS, normalizedInformation } from './shared-information.ts'
import type { PreprocessSpec } from './spec.ts'

type Scan = Volume<'scan'>
type Normalize = PreprocessSpec['normalize']

/** A brain lies in the uppermost part of a head; the jaw and the neck below it move by themselves. */
const BRAIN_HEIGHT_MM = 150
/** A few bright voxels above the head do not make it taller. */
const ABOVE_HEAD = 0.005
/** Powers of the inverse of the root of x⁴ = x + 1: multiples of them fill a cube evenly (Roberts 2018). */
const STREWN = [0.8191725134, 0.6710436067, 0.5497004779]

/** Points in a scan, and the bins of its intensities there. */
export interface Lattice {
  /** x, y, z in RAS+ mm, point after point. */
  readonly mm: Float64Array
  readonly bins: Uint8Array
}

/**
 * A point about every `everyMm` of `scan`, in its foreground and less than a brain's height below its top. The points
 * are strewn about the lattice: on it, a motion that brings the voxels of both scans together would seem the best, for
 * there nothing is blurred by interpolation (Pluim, Maintz and Viergever 2000).
 */
function latticeOf(scan: Scan, normalize: Normalize, { everyMm, withAir }: Lookout): Lattice {
  const { shape, affine } = scan
  const stride = spacingMm(affine).map((mm) => Math.max(1, Math.round(everyMm / mm))) as [number, number, number]
  const values: number[] = []
  const mm: number[] = []
  for (let k = 0; k < shape[2]; k += stride[2])
    for (let j = 0; j < shape[1]; j += stride[1])
      for (let i = 0; i < shape[0]; i += stride[0]) {
        const [di, dj, dk] = STREWN.map((step, axis) => (((values.length + 1) * step) % 1) * stride[axis]! - 0.5)
        const [u, v, w] = [i + di!, j + dj!, k + dk!]
        if (!isSeen(shape, u, v, w)) continue
        values.push(valueAt(scan, u, v, w))
        mm.push(...applyAffine(affine, u, v, w))
      }
  const seen = Float32Array.from(values)
  const threshold = foregroundThreshold(seen, normalize)
  const foreground = [...seen.keys()].filter((at) => seen[at]! > threshold)
  const heights = Float32Array.from(foreground, (at) => mm[3 * at + 2]!)
  const floorMm = foreground.length === 0 ? 0 : quantile(heights, 1 - ABOVE_HEAD) - BRAIN_HEIGHT_MM
  const points = withAir ? [...seen.keys()] : foreground
  const inside = points.filter((at) => mm[3 * at + 2]! >= floorMm)
  const bin = binning(seen, normalize)
  return {
    mm: Float64Array.from(inside.flatMap((at) => [mm[3 * at]!, mm[3 * at + 1]!, mm[3 * at + 2]!])),
    bins: Uint8Array.from(inside, (at) => binOf(bin, seen[at]!)),
  }
}

/** Intensities from the low to the bright quantile in bins of one width; what lies beyond is in the outer ones. */
export function binning(data: Float32Array, spec: Normalize): Binning {
  const [low, bright] = quantiles(data, [1 - spec.quantile, spec.quantile]) as [number, number]
  return { low, width: (bright - low) / BINS }
}

export interface Binning {
  readonly low: number
  /** The width of a bin; 0 where all values are in the first. */
  readonly width: number
}

function binOf({ low, width }: Binning, value: number): number {
  return width > 0 ? Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width))) : 0
}

export interface Lookout {
  /** Between the points. */
  readonly everyMm: number
  /** All that was scanned is looked at, not the foreground alone: where the head ends is seen from afar. */
  readonly withAir: boolean
}

/** One scan's lattice, and the other scan, ready to be looked up. */
export interface Sight {
  readonly lattice: Lattice
  readonly other: Scan
  readonly bin: Binning
}

/** @param bin of the other scan's values */
export function sightOf(scan: Scan, other: Scan, bin: Binning, normalize: Normalize, lookout: Lookout): Sight {
  return { lattice: latticeOf(scan, normalize, lookout), other, bin }
}

/**
 * Normalised mutual information (1 … 2) of a scan's lattice and the other scan, looked up where `motion` carries each
 * point, between its eight neighbours. Outside its field of view is air: what moves out of sight is not forgotten.
 */
export function likeness({ lattice: { mm, bins }, other, bin }: Sight, motion: Affine): number {
  const { data, shape } = other
  const [nx, ny, nz] = shape
  const [plane, lastX, lastY, lastZ] = [nx * ny, nx - 1, ny - 1, nz - 1]
  const { low, width } = bin
  const [xx, xy, xz, x0, yx, yy, yz, y0, zx, zy, zz, z0] = multiply(invert(other.affine), motion) as number[] & Affine
  const histogram = new Float64Array(BINS * BINS)
  for (let at = 0; at < bins.length; at++) {
    const u = mm[3 * at]!
    const v = mm[3 * at + 1]!
    const w = mm[3 * at + 2]!
    const x = xx! * u + xy! * v + xz! * w + x0!
    const y = yx! * u + yy! * v + yz! * w + y0!
    const z = zx! * u + zy! * v + zz! * w + z0!
    let seen = 0
    // valueAt() and binOf() once more: calls of both took three times as long
    if (x >= -0.5 && x <= nx - 0.5 && y >= -0.5 && y <= ny - 0.5 && z >= -0.5 && z <= nz - 0.5 && width > 0) {
      const i = x < 0 ? 0 : Math.trunc(x)
      const j = y < 0 ? 0 : Math.trunc(y)
      const k = z < 0 ? 0 : Math.trunc(z)
      const fx = x < 0 ? 0 : x - i
      const fy = y < 0 ? 0 : y - j
      const fz = z < 0 ? 0 : z - k
      const dx = i < lastX ? 1 : 0
      const dy = j < lastY ? nx : 0
      const p = i + nx * j + plane * k
      const q = k < lastZ ? p + plane : p
      const nearLow = data[p]! + (data[p + dx]! - data[p]!) * fx
      const farLow = data[p + dy]! + (data[p + dx + dy]! - data[p + dy]!) * fx
      const below = nearLow + (farLow - nearLow) * fy
      const nearHigh = data[q]! + (data[q + dx]! - data[q]!) * fx
      const farHigh = data[q + dy]! + (data[q + dx + dy]! - data[q + dy]!) * fx
      const above = nearHigh + (farHigh - nearHigh) * fy
      const value = below + (above - below) * fz
      seen = Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width)))
    }
    histogram[BINS * bins[at]! + seen]! += 1
  }
  return normalizedInformation(histogram)
}

function isSeen([nx, ny, nz]: Shape, x: number, y: number, z: number): boolean {
  return isInside(x, nx) && isInside(y, ny) && isInside(z, nz)
}

/** Between the eight neighbours; in the outer half of an outer voxel both neighbours are that voxel. */
function valueAt({ data, shape: [nx, ny, nz] }: Scan, x: number, y: number, z: number): number {
  const i = x < 0 ? 0 : Math.floor(x)
  const j = y < 0 ? 0 : Math.floor(y)
  const k = z < 0 ? 0 : Math.floor(z)
  const fx = x < 0 ? 0 : x - i
  const fy = y < 0 ? 0 : y - j
  const dx = i + 1 < nx ? 1 : 0
  const dy = j + 1 < ny ? nx : 0
  const p = i + nx * (j + ny * k)
  const q = k + 1 < nz ? p + nx * ny : p
  const low = blend(data[p]!, data[p + dx]!, data[p + dy]!, data[p + dx + dy]!, fx, fy)
  const high = blend(data[q]!, data[q + dx]!, data[q + dy]!, data[q + dx + dy]!, fx, fy)
  return low + (high - low) * (z < 0 ? 0 : z - k)
}

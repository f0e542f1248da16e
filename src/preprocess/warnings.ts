/** What a person should know about an input that is accepted all the same. */
import { spacingMm } from '../volume/affine.ts'
import { minimum } from '../volume/minimum.ts'
import { toCanonical } from '../volume/orientation.ts'
import type { Grid } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'

const COARSE_MM = 3
/** Anatomical scans of heads are made between these; the model was given up to 6.5 mm. */
const EXTREME_MM = { min: 0.3, max: 7 }
const TILT_DEGREES = 20
/** A newborn's brain is about 90 mm high: what is thinner shows a part of one, down to the one slice of a photograph. */
const THIN_MM = 80
const FULL_SHARE = 0.9
/** From half a small stripped brain to a large head with its neck. */
const HEAD_ML = { min: 500, max: 8000 }
/**
 * Computed tomography: a tenth of the voxels at least are air (−1000 HU, padding below) and a twentieth water and soft
 * tissue (0 to 80 HU). MRI has no such gap between two zeros; a standardised one has no value near −500.
 */
const HOUNSFIELD = { air: -500, airShare: 0.1, soft: [-150, 150], softShare: 0.05 } as const
/**
 * Standard deviation of the foreground over its mean above the background. Real heads, T1 and FLAIR, whole and stripped,
 * have 0.29 to 0.57; white and grey matter alone, 100 and 70 half and half, 0.18; water with 5 % of noise and an edge of
 * partial volume about 0.1.
 */
const LEAST_SPREAD = 0.17

/** Voxels: 0.3 % of a head's are a hundred and more of them. */
const LOOKED_FOR_CUT = 2 ** 17
/**
 * Brightness was cut where the greatest value stands out: so large a share of what is not background has it, half as many at least
 * as lie in the fiftieth of the range below it, and these are there. Of 59 real scans 0.18 % have it at most; 0.3 % of a
 * brain are a lesion of 4 mL.
 */
const CUT = { share: 0.003, background: 0.15, below: 0.02, leastOfBelow: 0.5, mostOfBelow: 100 } as const

/** The largest angle in degrees between a stored axis and the anatomical axis that it is taken for. */
export function tiltDegrees({ affine }: Grid): number {
  const spacing = spacingMm(affine)
  const cosines = toCanonical({ affine }).axes.map(
    (axis, world) => Math.abs(affine[4 * world + axis]!) / spacing[axis]!,
  )
  return (Math.acos(Math.min(1, ...cosines)) * 180) / Math.PI
}

/** Warnings for any channel: voxels too coarse or beyond all use, a field of view too thin for a brain, tilted axes. */
export function gridWarnings(scan: Grid, channel: string): Warning[] {
  const spacing = spacingMm(scan.affine)
  const [finestMm, coarsestMm] = [Math.min(...spacing), Math.max(...spacing)]
  const thinnestMm = Math.min(...spacing.map((mm, axis) => mm * scan.shape[axis]!))
  const tilt = tiltDegrees(scan)
  const warnings: Warning[] = []
  const warn = (code: Warning['code'], message: string): void => {
    warnings.push({ code, message: `channel ${channel}: ${message}` })
  }
  if (finestMm < EXTREME_MM.min || coarsestMm > EXTREME_MM.max) {
    const wanted = `${EXTREME_MM.min} to ${EXTREME_MM.max} mm is what scans of heads have`
    warn('extreme-voxels', `voxels are ${spacing.map((mm) => mm.toFixed(2)).join(' × ')} mm apart; ${wanted}`)
  } else if (coarsestMm > COARSE_MM) {
    warn(
      'coarse-voxels',
      `voxels are ${coarsestMm.toFixed(1)} mm apart along one axis (above ${COARSE_MM} mm thin structures are lost)`,
    )
  }
  if (thinnestMm < THIN_MM)
    warn('thin-slab', `the field of view is ${thinnestMm.toFixed(0)} mm thin; a brain needs ${THIN_MM} mm`)
  if (tilt > TILT_DEGREES)
    warn('tilted', `tilted by ${Math.round(tilt)}° against the anatomical axes; it is not rotated upright`)
  return warnings
}

/** @param covered share (0..1) of the head's box that the channel shows */
export function coverageWarnings(covered: number, channel: string): Warning[] {
  if (covered >= FULL_SHARE) return []
  const message = `channel ${channel} shows ${Math.round(100 * covered)} % of the head's box`
  return [{ code: 'partly-covered', message }]
}

/** Warnings for the channel that gave the model grid: what is far from a brain or a head in size may be anything. */
export function sizeWarnings(foregroundMl: number, channel: string): Warning[] {
  if (foregroundMl >= HEAD_ML.min && foregroundMl <= HEAD_ML.max) return []
  const litres = (ml: number): string => (ml / 1000).toPrecision(2)
  const usual = `a brain or a head has ${litres(HEAD_ML.min)} to ${litres(HEAD_ML.max)} L`
  const message = `channel ${channel}: what is not background has ${litres(foregroundMl)} L; ${usual}`
  return [{ code: 'unusual-size', message }]
}

/** Warnings for any channel, as it lay in the file: values that look like those of computed tomography. */
export function hounsfieldWarnings(values: Float32Array, channel: string): Warning[] {
  const counts = hounsfieldCounts(values)
  if (counts === null) return []
  const { air, soft } = counts
  const percent = (count: number): string => `${Math.round((100 * count) / values.length)} %`
  const message =
    `channel ${channel}: ${percent(air)} of the values lie below −500 and ${percent(soft)} around 0, as in computed ` +
    'tomography; the models know magnetic resonance only'
  return [{ code: 'hounsfield-units', message }]
}

/** Whether the values are those of computed tomography. */
export function isHounsfield(values: Float32Array): boolean {
  return hounsfieldCounts(values) !== null
}

interface HounsfieldCounts {
  readonly air: number
  readonly soft: number
}

/** A prime, so that it steps through columns and planes. */
const LOOKED_EVERY = 37
const MANY_VOXELS = 2 ** 20

/** The counts are kept, since they are asked for more than once for each scan. */
const knownCounts = new WeakMap<Float32Array, HounsfieldCounts | null>()

/** Null where they are not. */
function hounsfieldCounts(values: Float32Array): HounsfieldCounts | null {
  const known = knownCounts.get(values)
  if (known !== undefined) return known
  const counts = countHounsfield(values)
  knownCounts.set(values, counts)
  return counts
}

function countHounsfield(values: Float32Array): HounsfieldCounts | null {
  const inAir = [Number.NEGATIVE_INFINITY, HOUNSFIELD.air] as const
  // nearly always the answer, of a few voxels already
  const step = values.length < MANY_VOXELS ? 1 : LOOKED_EVERY
  if (step * countWithin(values, ...inAir, step) < 0.5 * HOUNSFIELD.airShare * values.length) return null
  const air = countWithin(values, ...inAir)
  if (air < HOUNSFIELD.airShare * values.length) return null
  const soft = countWithin(values, ...HOUNSFIELD.soft)
  return soft < HOUNSFIELD.softShare * values.length ? null : { air, soft }
}

function countWithin(values: Float32Array, least: number, most: number, step = 1): number {
  let count = 0
  for (let at = 0; at < values.length; at += step) if (values[at]! <= most && values[at]! >= least) count++
  return count
}

/** Warnings for any channel, with plain values (plain-values.ts): what was brightest has been made alike, as a window does. */
export function cutWarnings(values: Float32Array, channel: string): Warning[] {
  const looked = evenlyOf(values, LOOKED_FOR_CUT)
  const least = minimum(looked)
  const most = looked.reduce((a, b) => Math.max(a, b), least)
  const above = (share: number): number => countWithin(looked, least + share * (most - least), most)
  const cut = countWithin(looked, most, most)
  const [share, below] = [cut / above(CUT.background), above(1 - CUT.below) - cut]
  const stands = cut >= CUT.leastOfBelow * below && cut <= CUT.mostOfBelow * below
  if (!(share >= CUT.share) || !stands) return []
  const message =
    `channel ${channel}: ${(100 * share).toFixed(1)} % of what is not background has the greatest value there is, ` +
    `${Number(most.toPrecision(5))}: what was brighter was cut`
  return [{ code: 'brightness-cut', message }]
}

/** So many of them at most, in steps of an odd number, that go through columns and planes. */
function evenlyOf(values: Float32Array, count: number): Float32Array {
  const step = Math.ceil(values.length / count) | 1
  const looked = new Float32Array(Math.ceil(values.length / step))
  for (let n = 0; n < looked.length; n++) looked[n] = values[n * step]!
  return looked
}

/** @param spread of the foreground, as normalize() says it */
export function homogeneityWarnings(spread: number, channel: string): Warning[] {
  if (spread >= LEAST_SPREAD) return []
  const message =
    `channel ${channel}: what is not background is nearly all of one intensity (it varies by ` +
    `${(100 * spread).toFixed(0)} %; a head by more than ${100 * LEAST_SPREAD} %), as a phantom is`
  return [{ code: 'homogeneous', message }]
}

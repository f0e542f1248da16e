/**
 * How a head moved from one date to another, and half of that for each: neither date is favoured, and the other way round
 * everything is the same, because the search always begins at the same one of the two.
 */
import { FaultError } from '../errors.ts'
import { invert, multiply, type Vector } from '../volume/affine.ts'
import type { Affine, Volume } from '../volume/volume.ts'
import { type MotionLimits, pairOf } from './find-motion.ts'
import { halfMotion } from './half-motion.ts'
import { howTheyLie } from './how-they-lie.ts'
import type { PreprocessSpec } from './spec.ts'

/** Farther apart than this, the heads are brought together by their centres before the search begins. */
const NEAR_MM = 15

export interface DatedScan {
  readonly scan: Volume<'scan'>
  /** The hash of the file: it decides at which date the search begins. */
  readonly sha256: string
}

export interface Midway {
  /** From the world in which each date was scanned → the world half-way between them. */
  readonly fromBefore: Affine
  readonly fromAfter: Affine
  /** How far the head was carried between the dates, on average, after its centre was brought back. */
  readonly carriedMm: number
  /** Normalised information above none (0 … 1) that the dates share when laid on each other. */
  readonly likeness: number
}

/**
 * @throws FaultError 'scans-apart', 'scans-mirrored'
 */
export function alignDates(
  before: DatedScan,
  after: DatedScan,
  normalize: PreprocessSpec['normalize'],
  limits: MotionLimits,
): Midway {
  const isInOrder = before.sha256 <= after.sha256
  const [first, second] = isInOrder ? [before.scan, after.scan] : [after.scan, before.scan]
  const there = centreOf(first, second, normalize)
  const back = centreOf(second, first, normalize)
  const apart = back.map((mm, axis) => mm - there[axis]!) as [number, number, number]
  const [x, y, z] = Math.hypot(...apart) > NEAR_MM ? apart : [0, 0, 0]
  const shift = [1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, z, 0, 0, 0, 1]
  const near = { ...second, affine: multiply(invert(shift), second.affine) }
  const lie = howTheyLie(first, near, normalize, limits)
  if (lie?.kind === 'mirrored')
    throw new FaultError(
      'scans-mirrored',
      'the head of one date fits that of the other only as its mirror image; one of the two headers is wrong, and which cannot be seen from the scans: mend the wrong one',
    )
  if (lie?.kind !== 'together')
    throw new FaultError(
      'scans-apart',
      `it cannot be seen that both dates show one head, in one place or moved by up to ${limits.mostMm} mm and ${limits.mostDegrees}°: see whether both are of one patient, and whether their headers are right`,
    )
  const half = halfMotion(multiply(shift, lie.found.affine))
  const ofSecond = invert(half)
  return {
    fromBefore: isInOrder ? half : ofSecond,
    fromAfter: isInOrder ? ofSecond : half,
    carriedMm: lie.found.carriedMm,
    likeness: lie.found.after,
  }
}

/** The centre of the first scan's foreground. */
function centreOf(scan: Volume<'scan'>, other: Volume<'scan'>, normalize: PreprocessSpec['normalize']): Vector {
  const pair = pairOf(scan, other, normalize)
  if (pair === null) throw new FaultError('scans-apart', 'one of the dates shows no head')
  return pair.centre
}

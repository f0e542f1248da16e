/** How the head moved between two scans: the rigid motion after which they say most about each other. */
import { invert, multiply, type Vector } from '../volume/affine.ts'
import type { Affine, Volume } from '../volume/volume.ts'
import { binning, type Lattice, type Lookout, likeness, type Sight, sightOf } from './likeness.ts'
import { patternSearch } from './pattern-search.ts'
import { carriedMm, type Motion, rigid, STILL } from './rigid.ts'
import type { PreprocessSpec } from './spec.ts'

export interface FoundMotion {
  readonly motion: Motion
  /** Where the head of the first scan lies in the world → where it lies in the other's. */
  readonly affine: Affine
  /** How far that carries a head on average. */
  readonly carriedMm: number
  /** Normalised information above none (0 … 1) before and after. */
  readonly before: number
  readonly after: number
  /** The search was stopped by its limits: further on the scans may say more about each other. */
  readonly isAtLimit: boolean
}

/** Beyond these it was not the head that moved. */
export interface MotionLimits {
  readonly mostMm: number
  readonly mostDegrees: number
}

interface Pass extends Lookout {
  readonly stepMm: number
  readonly stepDegrees: number
  /** The last step, as a share of the first. */
  readonly finest: number
}

const FAR: Pass = { everyMm: 10, withAir: true, stepMm: 8, stepDegrees: 6, finest: 1 / 8 }
const NEAR: Pass = { everyMm: 4, withAir: false, stepMm: 1, stepDegrees: 1, finest: 1 / 8 }
/** Where the search begins: as the affines say, and so far from there; the likeliest few are followed. */
const START_MM = [-15, 0, 15]
const STARTS = START_MM.flatMap((x) => START_MM.flatMap((y) => START_MM.map((z): Motion => [x, y, z, 0, 0, 0])))
const FOLLOWED = 4

/** Two scans, each ready to be looked up in the other. */
export interface Pair {
  readonly there: Sight
  readonly back: Sight
  readonly near: Sight
  /** The centre of the first scan's foreground. */
  readonly centre: Vector
}

/** Null where the first scan shows nothing. */
export function pairOf(
  base: Volume<'scan'>,
  moving: Volume<'scan'>,
  normalize: PreprocessSpec['normalize'],
): Pair | null {
  const bin = binning(moving.data, normalize)
  const near = sightOf(base, moving, bin, normalize, NEAR)
  const centre = centreOf(near.lattice)
  if (centre === null) return null
  return {
    there: sightOf(base, moving, bin, normalize, FAR),
    back: sightOf(moving, base, binning(base.data, normalize), normalize, FAR),
    near,
    centre,
  }
}

/** What is done to the first head before it is moved, and which point it then lies about. */
export interface Way {
  readonly affine: Affine
  readonly centre: Vector
}

/** From the scan `base` to the scan `moving`, within the limits; null where the first shows nothing. */
export function findMotion(
  base: Volume<'scan'>,
  moving: Volume<'scan'>,
  normalize: PreprocessSpec['normalize'],
  limits: MotionLimits,
): FoundMotion | null {
  const pair = pairOf(base, moving, normalize)
  return pair === null ? null : bestMotion(pair, limits, [asItLies(pair)])
}

export function asItLies({ centre }: Pair): Way {
  return { affine: rigid(STILL, centre), centre }
}

/** The likeliest motion after any of the ways. */
export function bestMotion<W extends Way>(
  pair: Pair,
  limits: MotionLimits,
  ways: readonly W[],
  begins: readonly Motion[] = STARTS,
): FoundMotion & { way: W } {
  // from one side alone a wrong place far off can look better than the right one (docs/decisions/0024)
  const fromBothSides = (motion: Affine) => (likeness(pair.there, motion) + likeness(pair.back, invert(motion))) / 2 - 1
  const fromNear = (motion: Affine) => likeness(pair.near, motion) - 1
  const after = (way: Way, motion: Motion) => multiply(rigid(motion, way.centre), way.affine)
  const search = (told: (motion: Affine) => number, way: W, start: Motion, pass: Pass) => {
    const { stepMm, stepDegrees, finest } = pass
    const steps = [stepMm, stepMm, stepMm, stepDegrees, stepDegrees, stepDegrees]
    const cost = (at: readonly number[]) => (isWithin(at, limits) ? -told(after(way, at as Motion)) : Infinity)
    const { at, cost: least } = patternSearch(cost, start, steps, finest)
    return { way, motion: at as Motion, told: -least }
  }
  const starts = ways.flatMap((way) =>
    begins.map((motion) => ({ way, motion, told: fromBothSides(after(way, motion)) })),
  )
  const ends = likeliest(starts, FOLLOWED).map(({ way, motion }) => search(fromBothSides, way, motion, FAR))
  const [end] = likeliest(ends, 1)
  const found = search(fromNear, end!.way, end!.motion, NEAR)
  const affine = after(found.way, found.motion)
  return {
    way: found.way,
    motion: found.motion,
    affine,
    carriedMm: carriedMm(affine, pair.centre),
    before: fromNear(rigid(STILL, pair.centre)),
    after: found.told,
    isAtLimit: !isWithin(found.motion, {
      mostMm: limits.mostMm - NEAR.stepMm,
      mostDegrees: limits.mostDegrees - NEAR.stepDegrees,
    }),
  }
}

function likeliest<T extends { readonly told: number }>(places: readonly T[], count: number): T[] {
  return places.toSorted((a, b) => b.told - a.told).slice(0, count)
}

function isWithin(motion: readonly number[], { mostMm, mostDegrees }: MotionLimits): boolean {
  return (
    Math.hypot(...motion.slice(0, 3)) <= mostMm && motion.slice(3).every((degrees) => Math.abs(degrees) <= mostDegrees)
  )
}

function centreOf({ mm }: Lattice): Vector | null {
  if (mm.length === 0) return null
  const sum: [number, number, number] = [0, 0, 0]
  for (let at = 0; at < mm.length; at++) sum[at % 3]! += (3 * mm[at]!) / mm.length
  return sum
}

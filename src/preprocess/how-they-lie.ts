/**
 * How two scans of one head lie to each other. A head fits its own other scan clearly better than its mirror image does,
 * for no brain is the same on both sides: where neither fits better than the other, nobody can say that the two lie on
 * each other, and where the mirror image does, one header has exchanged left and right.
 */
import type { Volume } from '../volume/volume.ts'
import { asItLies, bestMotion, type FoundMotion, type MotionLimits, type Pair, pairOf } from './find-motion.ts'
import { STILL } from './rigid.ts'
import type { PreprocessSpec } from './spec.ts'
import { leftRight, type TurnedWay, turnedWays } from './ways.ts'

interface Lead {
  /** What fits must share so many times the information (above none) that its mirror image does. */
  readonly times: number
  /** And so much more: two small numbers differ by chance. */
  readonly more: number
}

/** Least of 66 right pairs 1.12 and 0.009 (all but one 1.27 and more), most of 7 pairs of two people 1.14 and 0.004 (docs/decisions/0034). */
const CLEAR: Lead = { times: 1.2, more: 0.008 }
/** Where the search ends less than this from where the headers place the head, they are a second witness. */
const AS_SAID_MM = 2
const AS_SAID: Lead = { times: 1.05, more: 0.003 }
/**
 * And less than this from it: a sure one, if only the mirror image does not fit better. Of the scans of two people, in one
 * template's space too, none came nearer than 13 mm; one right pair of 40 with synthetic tumours led by nothing else.
 */
const JUST_AS_SAID_MM = 1
const JUST_AS_SAID: Lead = { times: 1, more: 0 }

/** Points of the first scan, 4 mm apart: the smallest brain has 300 mL. Less is not judged, and stays where the search puts it. */
const LEAST_POINTS = 300_000 / 4 ** 3

export type Lie =
  /** They lie on each other once the motion is undone, small as it may be. */
  | { readonly kind: 'together'; readonly found: FoundMotion }
  /** Whatever motion is undone, it cannot be seen that they do. */
  | { readonly kind: 'unknown' }
  /** By the one header the head is mirrored, or turned as no head turns, against the other. */
  | { readonly kind: 'mirrored'; readonly way: TurnedWay }
  | { readonly kind: 'turned'; readonly way: TurnedWay }

/** Null where the first scan shows nothing. */
export function howTheyLie(
  base: Volume<'scan'>,
  moving: Volume<'scan'>,
  normalize: PreprocessSpec['normalize'],
  limits: MotionLimits,
): Lie | null {
  const pair = pairOf(base, moving, normalize)
  if (pair === null) return null
  const found = bestMotion(pair, limits, [asItLies(pair)])
  if (pair.near.lattice.bins.length < LEAST_POINTS) return { kind: 'together', found }
  const mirrored = bestMotion(pair, limits, [leftRight(pair.centre)])
  if (leads(found, mirrored, leadOf(found))) return { kind: 'together', found }
  if (leads(mirrored, found, CLEAR)) return { kind: 'mirrored', way: mirrored.way }
  const upright = found.after > mirrored.after ? found : mirrored
  return turned(pair, pairOf(moving, base, normalize), limits, upright)
}

function leadOf({ carriedMm }: FoundMotion): Lead {
  if (carriedMm < JUST_AS_SAID_MM) return JUST_AS_SAID
  return carriedMm < AS_SAID_MM ? AS_SAID : CLEAR
}

/** Tried only where the head fits neither as it lies nor with left and right exchanged. */
function turned(pair: Pair, back: Pair | null, limits: MotionLimits, upright: FoundMotion): Lie {
  if (back === null) return { kind: 'unknown' }
  const ways = turnedWays(pair.centre, back.centre).filter(({ code }) => code !== 'LAS')
  const { way: likeliest } = bestMotion(pair, limits, ways, [STILL])
  // seen from afar a head and its mirror image are alike
  const [best, other] = bothHands(likeliest, ways)
    .map((way) => bestMotion(pair, limits, [way]))
    .sort((a, b) => b.after - a.after)
  if (!leads(best!, upright, CLEAR) || !leads(best!, other!, CLEAR)) return { kind: 'unknown' }
  return { kind: best!.way.isMirrored ? 'mirrored' : 'turned', way: best!.way }
}

/** A way, and the same after left and right of the first head were exchanged. */
function bothHands(way: TurnedWay, ways: readonly TurnedWay[]): TurnedWay[] {
  return ways.filter(({ code }) => code.slice(1) === way.code.slice(1))
}

function leads(best: FoundMotion, other: FoundMotion, { times, more }: Lead): boolean {
  return !best.isAtLimit && best.after >= times * other.after && best.after - other.after >= more
}

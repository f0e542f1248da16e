/**
 * How much two label maps of one head differ though nothing changed, as `bench/scan-rescan.ts` measured it
 * (docs/decisions/0041 has the table, with n and kinds). The same head on one day: another day, another scanner or another
 * protocol add to it.
 */
import type { Tissue } from '../labels/tissue.ts'
import type { Seen } from './lesion-fate.ts'

/** Another model has noise of its own, which nobody has measured. */
export const NOISE_OF_MODEL = 'joint-wmh 0.8.2'

/** Per cent of the volume: 1.96 · √2 of the standard deviation, which 95 % of pairs of scans stay within; `lesions` of all together, `ventricles` as ventriclesAtBoth() counts them. */
export const NOISE_PERCENT: Readonly<Record<Tissue | 'ventricles' | 'lesions', number>> = {
  csf: 8.1,
  grey: 5.0,
  white: 2.9,
  ventricles: 5.5,
  lesions: 10.8,
}

/** What counts as noise for one lesion, mL. */
export const LESION_NOISE = {
  /** One that is seen at one date only can be so large and nothing new. */
  singleMl: 0.05,
  /** One that one date is not sure of can differ by so much. */
  doubtfulMl: 0.28,
  /** One that is seen at both can differ by so much however small it is, by this share of its volume more, and by no more than that. */
  leastMl: 0.06,
  share: 0.5,
  mostMl: 3.6,
} as const

/** @param meanMl of both dates */
export function lesionNoiseMl(meanMl: number, seen: Seen): number {
  const { singleMl, doubtfulMl, leastMl, share, mostMl } = LESION_NOISE
  if (seen === 'at-one') return singleMl
  return seen === 'doubtful-at-one' ? doubtfulMl : Math.min(mostMl, leastMl + share * meanMl)
}

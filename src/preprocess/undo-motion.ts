/**
 * The patient moved between two scans: their affines say where the scanner was, not where the head was. A rigid motion
 * that makes them share clearly more information (Studholme, Hill and Hawkes 1999) is undone: the other scan gets the
 * affine that it would have had, had the head lain still. Nothing is resampled here, and what was done is said.
 */
import { z } from 'zod'
import { invert, multiply } from '../volume/affine.ts'
import type { Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { type FoundMotion, findMotion } from './find-motion.ts'
import type { PreprocessCard } from './preprocess.ts'
import type { Motion } from './rigid.ts'

export const alignSpecSchema = z.strictObject({
  kind: z.literal('rigid'),
  /** What carries a head less than this on average is left alone. */
  leastMm: z.number().nonnegative(),
  /** And so is what adds less than this share to the information above none. */
  leastGain: z.number().nonnegative(),
  /** Looked for within these: beyond it was not the head that moved. */
  mostMm: z.number().positive(),
  mostDegrees: z.number().positive(),
})

export type AlignSpec = z.infer<typeof alignSpecSchema>

export interface AlignCard extends PreprocessCard {
  readonly inference: { readonly align?: AlignSpec | undefined }
}

export interface MotionUndone {
  /** The same voxels, each where the head of the first channel says that they lie. */
  readonly scans: ReadonlyMap<string, Volume<'scan'>>
  readonly warnings: readonly Warning[]
}

/** Every scan but the first of the card's order on that first one; as they are where the card does not ask for it. */
export function undoMotion(scans: ReadonlyMap<string, Volume<'scan'>>, card: AlignCard): MotionUndone {
  const { align } = card.inference
  const sent = card.channels.map(({ name }) => name).filter((name) => scans.has(name))
  const [base, ...others] = sent
  if (align === undefined || base === undefined || others.length === 0) return { scans, warnings: [] }
  const moved = others.flatMap((name) => {
    const found = findMotion(scans.get(base)!, scans.get(name)!, card.preprocess.normalize, align)
    return found !== null && isTaken(found, align) ? [{ name, ...found }] : []
  })
  const placed = new Map(scans)
  for (const { name, affine } of moved) {
    const scan = scans.get(name)!
    placed.set(name, { ...scan, affine: multiply(invert(affine), scan.affine) })
  }
  return { scans: placed, warnings: moved.map(({ name, motion }) => warningOf(name, base, motion)) }
}

function isTaken({ carriedMm, before, after }: FoundMotion, { leastMm, leastGain }: AlignSpec): boolean {
  return carriedMm >= leastMm && after >= (1 + leastGain) * before
}

function warningOf(name: string, base: string, motion: Motion): Warning {
  // said the way round in which a person sees it: what was done to the scan
  const [shift, turn] = [motion.slice(0, 3), motion.slice(3)].map((part) =>
    part.map((n) => (-n + 0).toFixed(1)).join(', '),
  )
  const message = `${name} was laid on ${base}, moved by ${shift} mm and turned by ${turn}° (R, A, S): their headers place the head apart`
  return { code: 'scans-aligned', message }
}

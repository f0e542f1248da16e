/**
 * Two scans do not lie on each other by their headers: affines say where the scanner was, not where the head was, and some
 * are wrong. A rigid motion that makes them share clearly more information (Studholme, Hill and Hawkes 1999) is undone: the
 * other scan gets the affine that it would have had, had the head lain still. Nothing is resampled here, and what was done
 * is said. A scan of which it cannot be seen that it lies on the first is left out; one that is its mirror image is refused.
 */
import { invert, multiply } from '../volume/affine.ts'
import type { Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import type { FoundMotion } from './find-motion.ts'
import { howTheyLie } from './how-they-lie.ts'
import { checkOverlap } from './overlap.ts'
import type { PreprocessCard } from './preprocess.ts'
import type { AlignSpec } from './spec.ts'
import { alignedWarning, apartFault, leftOutWarning, mirroredFault } from './tell-how-they-lie.ts'

export interface AlignCard extends PreprocessCard {
  readonly required: 'any' | 'all'
  readonly inference: { readonly align?: AlignSpec | undefined }
}

export interface MotionUndone {
  /** The same voxels, each where the head of the first channel says that they lie; without what was left out. */
  readonly scans: ReadonlyMap<string, Volume<'scan'>>
  readonly warnings: readonly Warning[]
}

export interface AsAsked {
  /** Whose grid the labels will lie on: it is never left out. The first of the card when absent. */
  readonly gridChannel?: string
  /** Channels whose file states two affines that differ. */
  readonly twoAffines?: readonly string[]
}

/**
 * Every scan but the first of the card's order on that first one; as they are where the card does not ask for it.
 * @throws FaultError 'scans-mirrored', 'scans-apart', 'channels-do-not-overlap'
 */
export function undoMotion(
  scans: ReadonlyMap<string, Volume<'scan'>>,
  card: AlignCard,
  { gridChannel, twoAffines = [] }: AsAsked = {},
): MotionUndone {
  const { align } = card.inference
  const sent = card.channels.map(({ name }) => name).filter((name) => scans.has(name))
  const [base, ...others] = sent
  if (align === undefined || base === undefined || others.length === 0) return { scans, warnings: [] }
  const placed = new Map(scans)
  const warnings: Warning[] = []
  const apart = new Set<string>()
  for (const name of others) {
    const scan = scans.get(name)!
    const lie = howTheyLie(scans.get(base)!, scan, card.preprocess.normalize, align)
    if (lie === null) continue
    const pair = { base, name, doubted: twoAffines.filter((channel) => channel === base || channel === name) }
    if (lie.kind === 'mirrored') throw mirroredFault(pair, lie.way)
    if (lie.kind === 'turned') throw apartFault(pair, lie.way)
    if (lie.kind === 'unknown') {
      checkOverlap(scans.get(base)!, scan, name)
      if (card.required === 'all') throw apartFault(pair)
      apart.add(name)
    } else if (isTaken(lie.found, align)) {
      placed.set(name, { ...scan, affine: multiply(invert(lie.found.affine), scan.affine) })
      warnings.push(alignedWarning(pair, lie.found.motion))
    }
  }
  if (apart.size === 0) return { scans: placed, warnings }
  // the labels must lie on the grid that was asked for: of two that do not lie on each other its own scan is taken
  const isKept = (name: string) => (apart.has(gridChannel ?? base) ? name === gridChannel : !apart.has(name))
  const used = sent.filter(isKept)
  return {
    scans: new Map([...placed].filter(([name]) => isKept(name))),
    warnings: [
      ...(used.includes(base) ? warnings : []),
      ...sent.filter((name) => !isKept(name)).map((name) => leftOutWarning(name, used, twoAffines, align)),
    ],
  }
}

function isTaken({ carriedMm, before, after }: FoundMotion, { leastMm, leastGain }: AlignSpec): boolean {
  return carriedMm >= leastMm && after >= (1 + leastGain) * before
}

/**
 * Is each scan of the sequence that it was sent as? Asked before the network of the model runs, and of nothing that this
 * network says: a label map says it by its values, a T1 and a FLAIR by how bright fluid, grey and white matter are
 * (tissue-levels.ts, and where both were sent pair-levels.ts) where another network finds them by shape (tissue-finder.ts).
 */
import { FaultError, type FaultKind } from '../errors.ts'
import type { Engine } from '../network/engine.ts'
import { isHounsfield } from '../preprocess/warnings.ts'
import type { Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { isLabelMapLike } from './label-map-like.ts'
import { pairLevels } from './pair-levels.ts'
import { type Finding, judge, type Look, type Sequence } from './sequence.ts'
import { type FoundTissue, findTissue, seenHead } from './tissue-finder.ts'
import { tissueLevels } from './tissue-levels.ts'

/** What a caller who knows better may say. */
export type SequenceChoice = 'as-sent'

const KNOWN = ['t1', 'flair'] as const

/** One scan that was looked at. */
export interface Seen extends Look {
  /** Null where `levels` were not asked for. */
  readonly found: FoundTissue | null
}

/** What is seen of one scan, as it came and with plain values (preprocess/plain-values.ts). */
export async function lookAt(scan: Volume<'scan'>, plain: Volume<'scan'>, finder: Engine): Promise<Seen> {
  if (isLabelMapLike(scan)) return { isLabelMap: true, levels: null, found: null }
  // told by its values already (preprocess/warnings.ts), and its tissues are too alike to be found
  if (isHounsfield(scan.data)) return { isLabelMap: false, levels: null, found: null }
  const found = await findTissue(seenHead(plain), finder)
  return { isLabelMap: false, levels: tissueLevels(found), found }
}

/** What is wrong, or may be, with what was seen. */
export function findingsOf(seen: ReadonlyMap<Sequence, Seen>): Finding[] {
  const [t1, flair] = KNOWN.map((name) => seen.get(name)?.found)
  return judge(seen, t1 && flair ? pairLevels(t1, flair) : null)
}

export interface CheckedSequences {
  /** What is doubtful, or surely wrong and wanted all the same. */
  readonly warnings: readonly Warning[]
  /** What was found in each scan that was looked at, for whoever wants to know where the brain is. */
  readonly tissue: ReadonlyMap<string, FoundTissue>
}

/**
 * Checks channels called t1 and flair; what others mean is their model's business.
 * @throws FaultError 'channels-swapped', 'wrong-sequence'; 'scan-constant'
 */
export async function checkSequences(
  scans: ReadonlyMap<string, Volume<'scan'>>,
  plain: ReadonlyMap<string, Volume<'scan'>>,
  finder: Engine,
  choice?: SequenceChoice,
): Promise<CheckedSequences> {
  const seen = new Map<Sequence, Seen>()
  for (const name of KNOWN) {
    const scan = scans.get(name)
    if (scan !== undefined) seen.set(name, await lookAt(scan, plain.get(name)!, finder))
  }
  const warnings = findingsOf(seen).map(({ kind, message }): Warning => {
    if (kind === null || choice === 'as-sent') return { code: 'sequence-doubtful', message }
    throw new FaultError(kind satisfies FaultKind, `${message}; if it is right all the same, send sequence=as-sent`)
  })
  const tissue = new Map([...seen].flatMap(([name, { found }]) => (found === null ? [] : [[name, found] as const])))
  return { warnings, tissue }
}

/**
 * Is each scan of the sequence that it was sent as? Asked before the network of the model runs, and of nothing that this
 * network says: a label map says it by its values, a T1 and a FLAIR by how bright fluid, grey and white matter are
 * (tissue-levels.ts) where another network finds them by shape (tissue-finder.ts).
 */
import { FaultError, type FaultKind } from '../errors.ts'
import type { Engine } from '../network/engine.ts'
import { isHounsfield } from '../preprocess/warnings.ts'
import type { Volume } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { isLabelMapLike } from './label-map-like.ts'
import { judge, type Look } from './sequence.ts'
import { findTissue, seenHead } from './tissue-finder.ts'
import { tissueLevels } from './tissue-levels.ts'

/** What a caller who knows better may say. */
export type SequenceChoice = 'as-sent'

const KNOWN = ['t1', 'flair'] as const

/** What is seen of one scan, as it came and with plain values (preprocess/plain-values.ts). */
export async function lookAt(scan: Volume<'scan'>, plain: Volume<'scan'>, finder: Engine): Promise<Look> {
  if (isLabelMapLike(scan)) return { isLabelMap: true, levels: null }
  // told by its values already (preprocess/warnings.ts), and its tissues are too alike to be found
  if (isHounsfield(scan.data)) return { isLabelMap: false, levels: null }
  return { isLabelMap: false, levels: tissueLevels(await findTissue(seenHead(plain), finder)) }
}

/**
 * Of channels called t1 and flair; what others mean is their model's business.
 * @returns what is doubtful, or surely wrong and wanted all the same (`choice`)
 * @throws FaultError 'channels-swapped', 'wrong-sequence'; 'scan-constant'
 */
export async function checkSequences(
  scans: ReadonlyMap<string, Volume<'scan'>>,
  plain: ReadonlyMap<string, Volume<'scan'>>,
  finder: Engine,
  choice?: SequenceChoice,
): Promise<Warning[]> {
  const looks = new Map<(typeof KNOWN)[number], Look>()
  for (const name of KNOWN) {
    const scan = scans.get(name)
    if (scan !== undefined) looks.set(name, await lookAt(scan, plain.get(name)!, finder))
  }
  return judge(looks).map(({ kind, message }) => {
    if (kind === null || choice === 'as-sent') return { code: 'sequence-doubtful', message }
    throw new FaultError(kind satisfies FaultKind, `${message}; if it is right all the same, send sequence=as-sent`)
  })
}

/**
 * What the objects made of a study are called. A study that is computed again, because it changed, has another intake key and
 * so other instances. By its rule they come as a series of their own (`keep`), or into the series of the first ones with a
 * higher instance number (`replace`): nothing is overwritten in an archive, so what they replace is listed for deletion.
 */
import type { MadeKind, ObjectName } from '../dicom/object-names.ts'
import type { Rule } from './config.ts'
import { derivedUid } from './derived-uid.ts'

export interface Superseded extends ObjectName {
  readonly kind: MadeKind
}

type Terms = Pick<Rule, 'rerun' | 'send' | 'onRefused'>

/** What may be made by a rule: objects of a result, or the report that stands in their place. */
export function kindsOf({ send, onRefused }: Omit<Terms, 'rerun'>): readonly MadeKind[] {
  return onRefused === 'sr' ? [...send, 'refusal'] : send
}

/** @param keys of the intakes of the study, the first first; the objects are of the last */
export function objectUids(keys: readonly string[], made: MadeKind, { rerun }: Pick<Rule, 'rerun'>): ObjectName {
  const [first, last] = [keys[0], keys.at(-1)]
  if (first === undefined || last === undefined) throw new Error('no intake')
  const isReplacing = rerun === 'replace'
  return {
    seriesInstanceUid: derivedUid(isReplacing ? first : last, made, 'series'),
    sopInstanceUid: derivedUid(last, made, 'instance1'),
    instanceNumber: isReplacing ? keys.length : 1,
  }
}

/**
 * Objects that later ones took the place of, for whoever may delete in the archive. Of an intake that was refused there is
 * the report alone, of another one all but that: which it was is not kept, so both are named.
 */
export function supersededBy(keys: readonly string[], rule: Terms): readonly Superseded[] {
  if (rule.rerun !== 'replace') return []
  const earlier = keys.slice(0, -1).map((_, at) => keys.slice(0, at + 1))
  return earlier.flatMap((upTo) => kindsOf(rule).map((kind) => ({ kind, ...objectUids(upTo, kind, rule) })))
}

/** One look at a study that is open: what the source says of it now, what follows from that, and that kept in the store. */
import { intakeKey } from '../dicom/intake-key.ts'
import type { HeldStudy, StudyState, StudyStore } from '../store/study-store.ts'
import type { ComputedWith } from './computed-with.ts'
import type { Rule } from './config.ts'
import { type Chosen, type Decision, decide } from './decide.ts'
import { PacsError } from './delivery-code.ts'
import { ownSeriesOf } from './derived-uid.ts'
import type { SeenSeries, Source } from './source.ts'
import { type ChannelOf, observe, type StudyFacts } from './study.ts'

interface Terms {
  readonly studies: StudyStore
  readonly channelOf: ChannelOf
  readonly computedWith: ComputedWith
}

export interface Decided {
  readonly state: StudyState
  readonly reason: string | null
}

/** A series that is to be computed, as the store keeps it. */
export interface ChosenSeries extends Chosen {
  readonly instances: number
  /** Why the study was not waited for any longer. */
  readonly why: (Decision & { do: 'run' })['why']
}

/** @throws PacsError */
export async function look(
  held: HeldStudy,
  source: Source,
  rule: Rule,
  { studies, channelOf, computedWith }: Terms,
  signal: AbortSignal,
): Promise<Decided> {
  const seen = await source.series(held, signal)
  if (seen === null) {
    await studies.settle(held, 'done', 'gone-at-source', held.facts)
    return { state: 'done', reason: 'gone-at-source' }
  }
  const { nowMs, openedAtMs } = held
  const ownSeries = ownSeriesOf(held.intakes)
  const facts = observe(held.facts as StudyFacts | null, seen, { nowMs, channelOf, ownSeries })
  const decision = decide(facts, rule, { nowMs, openedAtMs })
  switch (decision.do) {
    case 'wait':
      await studies.wait(held, facts, decision.untilMs - nowMs)
      return { state: 'open', reason: null }
    case 'park':
    case 'ignore': {
      const state = decision.do === 'park' ? 'parked' : 'ignored'
      await studies.settle(held, state, decision.why, facts)
      return { state, reason: decision.why }
    }
    case 'run': {
      const instances = await instancesOf(held, source, seen, decision.series, signal)
      const key = intakeKey({ instances, ...computedWith(rule) })
      const chosen: ChosenSeries[] = decision.series.map((each) => ({
        ...each,
        instances: instances[each.channel]!.length,
        why: decision.why,
      }))
      const intake = { key, chosen, facts, isRerunAllowed: rule.rerun !== 'never' }
      const begun = await studies.begin(held, intake)
      if (begun === 'ready') return { state: 'ready', reason: decision.why }
      return begun === 'refused'
        ? { state: 'parked', reason: 'changed-after-run' }
        : { state: 'done', reason: 'nothing-new' }
    }
  }
}

/** Channel → SOP Instance UIDs of the series chosen for it. @throws PacsError not-there, where one is gone */
export async function instancesOf(
  study: HeldStudy,
  source: Source,
  seen: readonly SeenSeries[],
  chosen: readonly Chosen[],
  signal: AbortSignal,
): Promise<Record<string, readonly string[]>> {
  const entries = chosen.map(async ({ channel, key }) => {
    const series = seen.find((each) => each.key === key)
    if (series === undefined) throw new PacsError(source.name, 'not-there', 'a chosen series is gone')
    return [channel, await source.instances(study, series, signal)] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

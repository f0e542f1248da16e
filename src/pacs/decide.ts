/**
 * What to do with a study now, under one rule:
 *
 *   every channel that the rule names is there and complete  → run at once
 *   nothing came for studyQuietS, or capS since its first     → run what is complete, where that is all that is required
 *   else                                                      → wait until the first of these can have changed
 *
 * A series is complete moments after the last that is expected; where nobody says how many that is, when nothing came to it
 * for seriesQuietS. Of several series for one channel none is chosen as long as one of them is still arriving.
 */
import type { Rule } from './config.ts'
import type { SeriesFacts, StudyFacts } from './study.ts'

export interface Chosen {
  readonly channel: string
  readonly key: string
  readonly seriesInstanceUid: string
}

export type Decision =
  | { readonly do: 'wait'; readonly untilMs: number }
  | { readonly do: 'run'; readonly why: 'complete' | 'study-quiet' | 'cap'; readonly series: readonly Chosen[] }
  | { readonly do: 'park'; readonly why: 'required-missing' | 'instances-missing' }
  | { readonly do: 'ignore'; readonly why: 'nothing-to-compute' }

/** The next instance of a series whose number was too low comes within it. */
const COUNTED_MS = 5_000

type Terms = Pick<Rule, 'require' | 'wish' | 'seriesQuietS' | 'studyQuietS' | 'capS'>

/** @param openedAtMs since when it is waited for */
export function decide(
  { series, grewAtMs }: StudyFacts,
  rule: Terms,
  { nowMs, openedAtMs }: { readonly nowMs: number; readonly openedAtMs: number },
): Decision {
  const channels = [...rule.require, ...rule.wish]
  const candidates = new Map(channels.map((channel) => [channel, series.filter((each) => each.channel === channel)]))
  const of = (channel: string) => candidates.get(channel) ?? []
  const all = [...candidates.values()].flat()
  const isComplete = (each: SeriesFacts) => completeAtMs(each, rule) <= nowMs
  const chosen = channels.flatMap((channel) => best(of(channel).filter(isComplete)) ?? [])

  if (channels.every((channel) => of(channel).length > 0) && all.every(isComplete)) {
    return { do: 'run', why: 'complete', series: chosen }
  }
  const quietAtMs = grewAtMs + rule.studyQuietS * 1000
  const capAtMs = openedAtMs + rule.capS * 1000
  // Where something is known to be missing it is given the time that there is.
  const isQuiet = quietAtMs <= nowMs && all.every(isComplete)
  if (!isQuiet && nowMs < capAtMs) {
    const changes = [capAtMs, quietAtMs, ...all.map((each) => completeAtMs(each, rule))]
    return { do: 'wait', untilMs: Math.min(...changes.filter((atMs) => atMs > nowMs)) }
  }
  if (rule.require.every((channel) => chosen.some((each) => each.channel === channel))) {
    return { do: 'run', why: isQuiet ? 'study-quiet' : 'cap', series: chosen }
  }
  if (all.length === 0) return { do: 'ignore', why: 'nothing-to-compute' }
  if (rule.require.some((channel) => of(channel).length === 0)) return { do: 'park', why: 'required-missing' }
  // There is nothing to run as long as what is required still arrives.
  const laterMs = rule.require.flatMap(of).map((each) => completeAtMs(each, rule))
  const untilMs = Math.min(...laterMs.filter((atMs) => atMs > nowMs))
  return Number.isFinite(untilMs) ? { do: 'wait', untilMs } : { do: 'park', why: 'instances-missing' }
}

/** When it counts as complete if nothing more comes to it. */
function completeAtMs({ expected, instances, grewAtMs }: SeriesFacts, { seriesQuietS }: Terms): number {
  const quietAtMs = grewAtMs + seriesQuietS * 1000
  // More than there should be: the header does not mean what it seems to.
  if (expected === null || instances > expected) return quietAtMs
  return instances === expected ? Math.min(grewAtMs + COUNTED_MS, quietAtMs) : Number.POSITIVE_INFINITY
}

/** The preferred one; of two that are alike the later, because a scan that was repeated had a reason. */
function best(candidates: readonly SeriesFacts[]): Chosen | undefined {
  const [first] = [...candidates].sort(
    (a, b) =>
      b.preference - a.preference ||
      (b.number ?? -1) - (a.number ?? -1) ||
      (a.seriesInstanceUid < b.seriesInstanceUid ? -1 : 1),
  )
  return first && { channel: first.channel, key: first.key, seriesInstanceUid: first.seriesInstanceUid }
}

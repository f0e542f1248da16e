/**
 * What is known of a study while it arrives, as one rule sees it. Pure: time comes in as an argument, and facts go into the
 * store as JSON. They hold no text of the study but UIDs.
 */
import { isTaken } from './loop-guard.ts'
import type { SeenSeries } from './source.ts'

export interface SeriesFacts {
  readonly key: string
  readonly seriesInstanceUid: string
  readonly number: number | null
  /** What it would be to a model: t1, flair. */
  readonly channel: string
  /** Where a channel has several series, the highest is taken. */
  readonly preference: number
  readonly instances: number
  readonly expected: number | null
  /** When its number of instances was last seen to be another. */
  readonly grewAtMs: number
}

export interface StudyFacts {
  /** When something was last seen to have come to it. */
  readonly grewAtMs: number
  /** Those that are some channel. */
  readonly series: readonly SeriesFacts[]
  /** How many instances each series of the study has, whatever it is for. */
  readonly counts: Readonly<Record<string, number>>
}

/** What a series is good for, by its header; null: for nothing. */
export type ChannelOf = (series: SeenSeries) => { readonly channel: string; readonly preference: number } | null

/**
 * The facts after a look at the source.
 * @param before null: the study was never looked at
 * @param ownSeries UIDs of series that we made
 */
export function observe(
  before: StudyFacts | null,
  seen: readonly SeenSeries[],
  { nowMs, channelOf, ownSeries }: { nowMs: number; channelOf: ChannelOf; ownSeries: ReadonlySet<string> },
): StudyFacts {
  const taken = seen.filter((series) => isTaken(series, ownSeries))
  const counts = Object.fromEntries(taken.map(({ key, instances }) => [key, instances]))
  const hasGrown = ({ key, instances }: SeenSeries) => before?.counts[key] !== instances
  const known = new Map(before?.series.map((series) => [series.key, series.grewAtMs]))
  const series = taken.flatMap((each) => {
    const role = channelOf(each)
    if (role === null) return []
    const { key, seriesInstanceUid, number, instances, expected } = each
    const grewAtMs = hasGrown(each) ? nowMs : (known.get(key) ?? nowMs)
    return [{ key, seriesInstanceUid, number, ...role, instances, expected, grewAtMs }]
  })
  return {
    grewAtMs: before === null || taken.some(hasGrown) ? nowMs : before.grewAtMs,
    series,
    counts,
  }
}

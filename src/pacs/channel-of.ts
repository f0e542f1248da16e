/**
 * What a series may be, by what a source says of it before it is fetched: its modality and its name. The rules are those by which
 * the files are judged afterwards (dicom/series-rules.json), but a name alone is enough: what it really is shows when it is here.
 */
import { judgeFacts } from '../dicom/judge-series.ts'
import { DEFAULT_RULES, type SeriesRules } from '../dicom/series-rules.ts'
import type { SeenSeries } from './source.ts'
import type { ChannelOf } from './study.ts'

/** Nothing but the name counts: one sign is enough. */
const LEAST = 1

const BY_NAME: SeriesRules = {
  ...DEFAULT_RULES,
  channels: Object.fromEntries(
    Object.entries(DEFAULT_RULES.channels).map(([channel, rules]) => [channel, { ...rules, least: LEAST }]),
  ),
}

export const channelOf: ChannelOf = ({ modality, manufacturer, number, description }: SeenSeries) => {
  const facts = {
    modality: modality.trim(),
    manufacturer,
    seriesNumber: number ?? undefined,
    seriesDescription: description,
    protocolName: '',
    sequenceName: '',
    imageType: [],
    echoTimeMs: undefined,
    repetitionTimeMs: undefined,
    inversionTimeMs: undefined,
    flipAngleDegrees: undefined,
    acquisition: '',
    hasContrastAgent: false,
  }
  const fitting = Object.entries(judgeFacts(facts, undefined, BY_NAME)).filter(
    ([, { rejectedBy }]) => rejectedBy === null,
  )
  const [best] = fitting.sort(([, a], [, b]) => b.score - a.score)
  return best === undefined ? null : { channel: best[0], preference: best[1].score }
}

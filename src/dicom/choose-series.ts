/**
 * Which series of a study is which channel. Of those that no rule rejects the highest score is taken; of equals the finer one, then
 * the one that covers more, then the later one, because a scan that is made again replaces the first. What cannot be read is never
 * passed over in silence: where the best series of a channel has a fault and no other fits, its fault is the answer.
 */
import { FaultError } from '../errors.ts'
import type { DicomSeries } from './arrange-series.ts'
import { derivedFacts, type Judgement, judgeSeries } from './judge-series.ts'
import type { SeriesRules } from './series-rules.ts'

export interface SeriesVerdict {
  readonly series: DicomSeries
  readonly judgements: Readonly<Record<string, Judgement>>
  /** The channel that it is chosen for; null where it is for none. */
  readonly chosenFor: string | null
}

/** Every series with what the rules say of it, in the order given; nothing is refused. */
export function judgeAll(all: readonly DicomSeries[], rules: SeriesRules): readonly SeriesVerdict[] {
  const judged = all.map((series) => ({ series, judgements: judgeSeries(series, rules) }))
  const chosen = new Map<DicomSeries, string>()
  for (const channel of Object.keys(rules.channels)) {
    const fitting = judged.filter(
      ({ series, judgements }) => isReadable(series) && judgements[channel]!.rejectedBy === null && !chosen.has(series),
    )
    const [best] = fitting.sort((a, b) => compare(a.series, b.series, a.judgements[channel]!, b.judgements[channel]!))
    if (best !== undefined) chosen.set(best.series, channel)
  }
  return judged.map((verdict) => ({ ...verdict, chosenFor: chosen.get(verdict.series) ?? null }))
}

/**
 * @returns channel → series, at least one
 * Faults: dicom-several-patients, dicom-several-studies, dicom-several-acquisitions, dicom-no-series; the fault of the one series
 * that fits a channel.
 */
export function chooseSeries(all: readonly DicomSeries[], rules: SeriesRules): ReadonlyMap<string, DicomSeries> {
  const verdicts = judgeAll(all, rules)
  const fitting = verdicts.filter(({ judgements }) =>
    Object.values(judgements).some(({ rejectedBy }) => rejectedBy === null),
  )
  checkOneOf(fitting.map(({ series }) => series))
  const chosen = new Map<string, DicomSeries>()
  for (const channel of Object.keys(rules.channels)) {
    const own = fitting.filter(({ judgements }) => judgements[channel]!.rejectedBy === null)
    const found = own.find(({ chosenFor }) => chosenFor === channel)
    if (found !== undefined) {
      checkDistinct(found, own, channel)
      chosen.set(channel, found.series)
      continue
    }
    const fault = own.map(({ series }) => series.grid).find((grid) => grid instanceof FaultError)
    if (fault !== undefined) throw new FaultError(fault.fault.kind, `${channel}: ${fault.message}`, { cause: fault })
  }
  if (chosen.size > 0) return chosen
  const channels = Object.keys(rules.channels).join(', ')
  throw new FaultError(
    'dicom-no-series',
    `none of ${all.length} series is taken for ${channels}; "onelabel dicom inspect" says for each which rule rejected it, and a series may be named by its UID`,
  )
}

/** Whether both state that they lie in the same space: only then do their affines join them. */
export function shareFrame(a: DicomSeries, b: DicomSeries): boolean {
  return a.frameOfReferenceUid !== undefined && a.frameOfReferenceUid === b.frameOfReferenceUid
}

function isReadable({ grid }: DicomSeries): boolean {
  return !(grid instanceof FaultError)
}

function checkOneOf(series: readonly DicomSeries[]): void {
  const patients = new Set(series.map(({ patientHash }) => patientHash)).size
  if (patients > 1)
    throw new FaultError('dicom-several-patients', `the series that fit are of ${patients} patients; send those of one`)
  const studies = new Set(series.map(({ studyInstanceUid }) => studyInstanceUid)).size
  if (studies > 1)
    throw new FaultError(
      'dicom-several-studies',
      `the series that fit are of ${studies} studies; send those of one, so that no scan of another day is mixed in`,
    )
}

/** Two parts of one series that nothing but their place in it tells apart. */
function checkDistinct(found: SeriesVerdict, own: readonly SeriesVerdict[], channel: string): void {
  const twin = own.find(
    ({ series, judgements }) =>
      series !== found.series &&
      series.seriesInstanceUid === found.series.seriesInstanceUid &&
      judgements[channel]!.score === found.judgements[channel]!.score,
  )
  if (twin !== undefined)
    throw new FaultError(
      'dicom-several-acquisitions',
      `${channel}: the series that fits holds several acquisitions (by ${Object.keys(found.series.by).join(', ')}); send one of them alone`,
    )
}

function compare(a: DicomSeries, b: DicomSeries, of: Judgement, ob: Judgement): number {
  if (a.grid instanceof FaultError || b.grid instanceof FaultError)
    throw new Error('a series without a grid is compared')
  const [da, db] = [derivedFacts(a.grid), derivedFacts(b.grid)]
  return (
    ob.score - of.score ||
    Math.round(10 * da.largestVoxelMm) - Math.round(10 * db.largestVoxelMm) ||
    Math.round(db.coverageMm / 10) - Math.round(da.coverageMm / 10) ||
    (b.facts.seriesNumber ?? 0) - (a.facts.seriesNumber ?? 0)
  )
}

/**
 * A study → the scans that a model takes: whoever brings it (a request, the command line, a PACS). Each chosen series becomes one
 * archive, and goes on as any other scan. Headers are read one file at a time, so that others are served in between; no pixel is
 * decoded here.
 */
import { join } from 'node:path'
import { chooseSeries } from '../dicom/choose-series.ts'
import { packSeries } from '../dicom/pack-series.ts'
import { readContents } from '../dicom/read-series.ts'
import { openSources } from '../dicom/read-sources.ts'
import { DEFAULT_RULES, rulesFor, type SeriesRules } from '../dicom/series-rules.ts'
import type { DicomLimits } from '../dicom/sources.ts'
import { FaultError } from '../errors.ts'
import type { ReceivedScan } from './identify.ts'
import { receiveFile } from './received-file.ts'

export interface StudyInput {
  /** Files or folders of instances, or one archive of them. */
  readonly paths: readonly string[]
  /** Of the model. */
  readonly channels: readonly string[]
  readonly rules?: SeriesRules
  readonly limits: DicomLimits
  /** Where the archives are written, `<channel>.zip`. */
  readonly dir: string
  readonly signal?: AbortSignal
}

export interface StudyScans {
  readonly scans: Readonly<Record<string, ReceivedScan>>
  /** Channel → the series that was taken for it. */
  readonly chosen: Readonly<Record<string, string>>
}

/** Faults: those of openSources(), readContents() and chooseSeries(); upload-too-large for a series. */
export async function studyScans(input: StudyInput): Promise<StudyScans> {
  const { paths, channels, rules = DEFAULT_RULES, limits, dir, signal } = input
  const open = await openSources(paths, limits)
  try {
    const { series } = await readContents(open.sources, limits, signal)
    const chosen = [...chooseSeries(series, rulesFor(channels, rules))]
    const scans: Record<string, ReceivedScan> = {}
    for (const [channel, found] of chosen)
      scans[channel] = await receiveFile(packSeries(found), join(dir, `${channel}.zip`), limits.maxTotalBytes, tooLarge)
    return {
      scans,
      chosen: Object.fromEntries(chosen.map(([channel, { seriesInstanceUid }]) => [channel, seriesInstanceUid])),
    }
  } finally {
    await open.close()
  }

  function tooLarge(): Error {
    return new FaultError('upload-too-large', `a series has more than the ${limits.maxTotalBytes} bytes allowed`)
  }
}

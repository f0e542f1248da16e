/**
 * A study → the scans that a model takes: whoever brings it (a request, the command line, a PACS). Each chosen series becomes one
 * archive, and goes on as any other scan. Headers are read one file at a time, so that others are served in between; no pixel is
 * decoded here.
 */
import { join } from 'node:path'
import type { DicomSeries } from '../dicom/arrange-series.ts'
import { chooseSeries } from '../dicom/choose-series.ts'
import { oneSeriesOf } from '../dicom/one-series.ts'
import { packSeries } from '../dicom/pack-series.ts'
import { readContents } from '../dicom/read-series.ts'
import { openSources } from '../dicom/read-sources.ts'
import { DEFAULT_RULES, rulesFor, type SeriesRules } from '../dicom/series-rules.ts'
import type { DicomLimits } from '../dicom/sources.ts'
import { FaultError, sizeInWords } from '../errors.ts'
import type { ReceivedScan } from './identify.ts'
import { receiveFile } from './received-file.ts'

export interface StudyInput {
  /** Files or folders of instances, or one archive of them. */
  readonly paths: readonly string[]
  /** The channels of the model. */
  readonly channels: readonly string[]
  readonly rules?: SeriesRules
  readonly limits: DicomLimits
  /** Where the archives are written, `<channel>.zip`. */
  readonly dir: string
  readonly signal?: AbortSignal
}

/** By channel. */
export type StudyScans = Readonly<Record<string, ReceivedScan>>

export interface ChosenFolder {
  /** The folder with the files of one series. */
  readonly folder: string
  /** SOP Instance UIDs of the series as it was decided on. */
  readonly instances: readonly string[]
}

/**
 * For series that somebody has chosen already: each folder becomes the scan of its channel.
 * Faults: those of openSources(), readContents(), oneSeriesOf(); dicom-header where the files are not those that were decided on.
 */
export async function chosenScans(
  folders: Readonly<Record<string, ChosenFolder>>,
  { limits, dir, signal }: Pick<StudyInput, 'limits' | 'dir' | 'signal'>,
): Promise<StudyScans> {
  const scans: Record<string, ReceivedScan> = {}
  for (const [channel, { folder, instances }] of Object.entries(folders)) {
    const open = await openSources([folder], limits)
    try {
      const series = oneSeriesOf((await readContents(open.sources, limits, signal)).series)
      const found = new Set(series.instances.map(({ sopInstanceUid }) => sopInstanceUid))
      if (found.size !== instances.length || !instances.every((uid) => found.has(uid)))
        throw new FaultError(
          'dicom-header',
          `${channel}: ${found.size} images came that are not the ${instances.length} that the archive listed: one of the two is wrong`,
        )
      scans[channel] = await packed(series, join(dir, `${channel}.zip`), limits.maxTotalBytes)
    } finally {
      await open.close()
    }
  }
  return scans
}

function packed(series: DicomSeries, path: string, most: number): Promise<ReceivedScan> {
  return receiveFile(
    packSeries(series),
    path,
    most,
    () => new FaultError('upload-too-large', `a series has more than the ${sizeInWords(most, 'down')} allowed`),
  )
}

/** Faults: those of openSources(), readContents() and chooseSeries(); upload-too-large for a series. */
export async function studyScans(input: StudyInput): Promise<StudyScans> {
  const { paths, channels, rules = DEFAULT_RULES, limits, dir, signal } = input
  const open = await openSources(paths, limits)
  try {
    const { series } = await readContents(open.sources, limits, signal)
    const scans: Record<string, ReceivedScan> = {}
    for (const [channel, found] of chooseSeries(series, rulesFor(channels, rules)))
      scans[channel] = await packed(found, join(dir, `${channel}.zip`), limits.maxTotalBytes)
    return scans
  } finally {
    await open.close()
  }
}

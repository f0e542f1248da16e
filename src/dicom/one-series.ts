/** The one scan in a folder, an archive or a file that stands for one channel, and whether the scans of a job belong together. */
import { FaultError } from '../errors.ts'
import type { DicomSeries } from './arrange-series.ts'

/** What a series belongs to: to be compared, neither shown nor kept. */
export type Belonging = Pick<DicomSeries, 'patientHash' | 'studyInstanceUid' | 'frameOfReferenceUid'>

/**
 * Reports, presentation states and the like are passed over.
 * @param comment of the archive: which part of its series is meant (pack-series.ts), where it holds several
 * Faults: dicom-not-image, dicom-several-series, dicom-several-acquisitions. The fault of the series itself is not thrown here.
 */
export function oneSeriesOf(all: readonly DicomSeries[], comment = ''): DicomSeries {
  const scans = all.filter(({ grid }) => !(grid instanceof FaultError && grid.fault.kind === 'dicom-not-image'))
  const [first, second] = scans
  if (first === undefined)
    throw new FaultError(
      'dicom-not-image',
      `none of ${all.length} series holds images of a scan; send the series itself`,
    )
  if (second === undefined) return first
  const series = new Set(scans.map(({ seriesInstanceUid }) => seriesInstanceUid)).size
  if (series > 1)
    throw new FaultError(
      'dicom-several-series',
      `there are ${series} series; a channel takes one: send that one alone, or send all of them as a study, and rules choose among its series`,
    )
  const named = scans.filter((part) => partNameOf(part) === comment)
  if (named.length === 1) return named[0]!
  throw new FaultError(
    'dicom-several-acquisitions',
    `the series holds ${scans.length} acquisitions (by ${Object.keys(first.by).join(', ')}); send one of them alone`,
  )
}

/** By what a part is told from the others of its series. */
export function partNameOf({ by }: Pick<DicomSeries, 'by'>): string {
  return JSON.stringify(Object.entries(by).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Faults: dicom-several-patients, dicom-several-studies. */
export function checkTogether(scans: readonly Belonging[]): void {
  const patients = new Set(scans.map(({ patientHash }) => patientHash)).size
  if (patients > 1)
    throw new FaultError('dicom-several-patients', `the scans are of ${patients} patients; send those of one`)
  const studies = new Set(scans.map(({ studyInstanceUid }) => studyInstanceUid)).size
  if (studies > 1)
    throw new FaultError(
      'dicom-several-studies',
      `the scans are of ${studies} studies; send those of one, so that no scan of another day is mixed in`,
    )
}

/** Modules that all our objects share: the patient and study of the source, our series and equipment (PS3.3, C.7). */
import type { RawElement, SourceSeries } from './source-series.ts'
import { uidOf } from './uid.ts'
import type { DataSet, Keyword } from './write-attributes.ts'
import { tagAndVr } from './write-attributes.ts'
import type { Identified } from './write-object.ts'

/** By what, of what and when a result was made. */
export interface Making {
  /** Everything that the result depends on: series, model, parameters. All UIDs are made of it. */
  readonly intakeKey: string
  readonly made: Date
  readonly softwareVersion: string
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
}

/** Of a kind of object: what its UIDs are made with, and how its series is told from the others. */
export interface ObjectKind {
  readonly sopClassUid: string
  readonly kind: string
  readonly modality: string
  /** High, so that a list of the study shows the scans first. */
  readonly seriesNumber: number
  readonly seriesDescription: string
}

/** Must be there and may be empty (type 2) in the Patient and General Study modules. */
const TYPE_2: readonly Keyword[] = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'ReferringPhysicianName',
  'StudyID',
  'AccessionNumber',
]

export const MANUFACTURER = 'onelabel'

/** The modules that every object has, made of the source and of what made it. */
export function sharedModules(source: SourceSeries, making: Making, object: ObjectKind): Identified {
  const { date, time } = dateTime(making.made)
  return {
    ...emptyType2(source.header),
    SOPClassUID: object.sopClassUid,
    SOPInstanceUID: uidOf(making.intakeKey, object.kind),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    StudyInstanceUID: source.studyInstanceUid,
    SeriesInstanceUID: uidOf(making.intakeKey, `${object.kind}-series`),
    Modality: object.modality,
    SeriesNumber: object.seriesNumber,
    SeriesDescription: object.seriesDescription,
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    InstanceNumber: 1,
    Manufacturer: MANUFACTURER,
    ManufacturerModelName: making.model.id,
    // Exactly the 64 characters that there is room for.
    DeviceSerialNumber: making.model.sha256,
    SoftwareVersions: [making.softwareVersion, `${making.model.id} ${making.model.version}`],
  }
}

/** Name and version of the algorithm, as segments and reports give them. */
export function algorithmName({ model }: Making): string {
  return `${MANUFACTURER} ${model.id} ${model.version}`
}

/** Once lossy, always lossy (PS3.3, C.7.6.1.1.5). */
export function lossyModule({ lossy }: SourceSeries): DataSet {
  if (lossy === undefined) return { LossyImageCompression: '00' }
  return {
    LossyImageCompression: '01',
    ...(lossy.ratios.length > 0 && { LossyImageCompressionRatio: lossy.ratios }),
    ...(lossy.methods.length > 0 && { LossyImageCompressionMethod: lossy.methods }),
  }
}

/** Each instance of the source once, in the order of its slices. */
export function sourceReferences({ slices, sopClassUid }: SourceSeries): DataSet[] {
  const uids = new Set(slices.map(({ sopInstanceUid }) => sopInstanceUid))
  return [...uids].map((uid) => ({ ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: uid }))
}

function emptyType2(header: readonly RawElement[]): DataSet {
  const present = new Set(header.map(({ tag }) => tag))
  return Object.fromEntries(TYPE_2.filter((keyword) => !present.has(tagAndVr(keyword)[0])).map((k) => [k, '']))
}

/** Without an offset from UTC, dates and times are the machine's own, as those of the scanner in the same study are. */
function dateTime(made: Date): { date: string; time: string } {
  const two = (value: number): string => String(value).padStart(2, '0')
  return {
    date: `${made.getFullYear()}${two(made.getMonth() + 1)}${two(made.getDate())}`,
    time: `${two(made.getHours())}${two(made.getMinutes())}${two(made.getSeconds())}`,
  }
}

/** Modules that all our objects share: the patient and study of the source, our series and equipment (PS3.3, C.7). */
import type { MadeKind, ObjectNames } from './object-names.ts'
import type { RawElement, SourceSeries } from './source-series.ts'
import { uidOf } from './uid.ts'
import { type DataSet, type Keyword, tagAndVr } from './write-attributes.ts'
import type { Identified } from './write-object.ts'

/** By what, of what and when a result was made. */
export interface Making {
  /** Everything that the result depends on: series, model, parameters. UIDs are made of it. */
  readonly intakeKey: string
  /** UIDs and numbers that were fixed before; of the others they are made here. */
  readonly names?: ObjectNames
  readonly made: Date
  readonly softwareVersion: string
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string }
}

/** One kind of object: what its UIDs are made from, and how its series is told from the others. */
export interface ObjectClass {
  readonly sopClassUid: string
  readonly kind: MadeKind
  /** What its UIDs are made from where one kind is stored in several ways; the kind itself when absent. */
  readonly uidKind?: string
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

const CHARACTER_SET = '00080005'
/** Timezone Offset From UTC: of every date and time of an object (PS3.3, C.12.1.1.8). */
const TIMEZONE_OFFSET = '00080201'
/** Position Reference Indicator, of the frame of reference. */
export const POSITION_REFERENCE = '00201040'

export const MANUFACTURER = 'onelabel'

/** The modules that every object has, made of the source and of what made it. */
export function sharedModules(source: SourceSeries, making: Making, object: ObjectClass): Identified {
  const uidKind = object.uidKind ?? object.kind
  const name = making.names?.[object.kind]
  const { date, time } = dateTime(making.made, source.header)
  return {
    ...emptyType2(source.header),
    SOPClassUID: object.sopClassUid,
    SOPInstanceUID: name?.sopInstanceUid ?? uidOf(making.intakeKey, uidKind),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    StudyInstanceUID: source.studyInstanceUid,
    SeriesInstanceUID: name?.seriesInstanceUid ?? uidOf(making.intakeKey, `${uidKind}-series`),
    Modality: object.modality,
    SeriesNumber: object.seriesNumber,
    SeriesDescription: object.seriesDescription,
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    InstanceNumber: name?.instanceNumber ?? 1,
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

/** Once lossy, always lossy (PS3.3, C.7.6.1.1.5). What is no ratio and no method in a faulty source is left out. */
export function lossyModule({ lossy }: SourceSeries): DataSet {
  if (lossy === undefined) return { LossyImageCompression: '00' }
  const ratios = lossy.ratios.map((ratio) => ratio.trim()).filter((ratio) => /^\d[\d.]{0,15}$/.test(ratio))
  const methods = lossy.methods.map((method) => method.trim()).filter((method) => /^[A-Z0-9 _]{1,16}$/.test(method))
  return {
    LossyImageCompression: '01',
    ...(ratios.length > 0 && { LossyImageCompressionRatio: ratios }),
    ...(methods.length > 0 && { LossyImageCompressionMethod: methods }),
  }
}

/** Each instance of the source once, in the order of its slices. */
export function sourceReferences({ slices, sopClassUid }: SourceSeries): DataSet[] {
  const uids = new Set(slices.map(({ sopInstanceUid }) => sopInstanceUid))
  return [...uids].map((uid) => ({ ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: uid }))
}

/**
 * The elements of the source that an object copies.
 * @param hasFrame whether the object has a frame of reference: segmentations do, reports and pictures do not
 */
export function copiedHeader({ header }: SourceSeries, hasFrame: boolean): RawElement[] {
  return header.filter(({ tag, base64 }) => {
    if (tag === POSITION_REFERENCE) return hasFrame
    // An empty one says the same as none, and is not allowed (type 1C).
    return tag !== CHARACTER_SET || Buffer.from(base64, 'base64').toString('latin1').trim() !== ''
  })
}

function emptyType2(header: readonly RawElement[]): DataSet {
  const present = new Set(header.map(({ tag }) => tag))
  return Object.fromEntries(TYPE_2.filter((keyword) => !present.has(tagAndVr(keyword)[0])).map((k) => [k, '']))
}

/**
 * In the time zone that the source states for the whole object; where it states none, the machine's own, as the times of the
 * scanner are its own.
 */
function dateTime(made: Date, header: readonly RawElement[]): { date: string; time: string } {
  const stated = header.find(({ tag }) => tag === TIMEZONE_OFFSET)?.base64 ?? ''
  const [, sign, hours, minutes] = /^([-+])(\d\d)(\d\d)/.exec(Buffer.from(stated, 'base64').toString('latin1')) ?? []
  const ahead = sign ? Number(`${sign}1`) * (60 * Number(hours) + Number(minutes)) : -made.getTimezoneOffset()
  const iso = new Date(made.getTime() + 60_000 * ahead).toISOString()
  return { date: iso.slice(0, 10).replaceAll('-', ''), time: iso.slice(11, 19).replaceAll(':', '') }
}

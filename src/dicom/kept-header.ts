/**
 * The elements of the patient, general study, patient study and clinical trial modules (PS3.3 C.7.1, C.7.2), byte for byte: what
 * is written of a label map belongs to the same patient and study. All but one are texts, which no byte order changes; the one is
 * a sequence of codes, whose texts are put into a new one.
 */
import type { DataSet, Element } from 'dicom-parser'
import type { Part10 } from './read-part10.ts'
import type { RawElement } from './source-series.ts'
import { encodeElement, encodeItem } from './write-data-set.ts'

/** Tag → value representation, for files that do not say it. */
const KEPT: Readonly<Record<string, string>> = {
  '00080005': 'CS', // Specific Character Set
  '00080201': 'SH', // Timezone Offset From UTC
  '00100010': 'PN',
  '00100020': 'LO',
  '00100021': 'LO',
  '00100030': 'DA',
  '00100032': 'TM',
  '00100040': 'CS',
  '00101001': 'PN',
  '00102000': 'LO', // Medical Alerts
  '00102110': 'LO', // Allergies
  '001021A0': 'CS', // Smoking Status
  '00102160': 'SH',
  '00104000': 'LT',
  '00102201': 'LO',
  '00120062': 'CS',
  '00120063': 'LO',
  '00080020': 'DA',
  '00080030': 'TM',
  '00080050': 'SH',
  '00080090': 'PN',
  '00081030': 'LO',
  '00081048': 'PN',
  '00081060': 'PN',
  '00200010': 'SH',
  '00081080': 'LO',
  '00101010': 'AS',
  '00101020': 'DS',
  '00101030': 'DS',
  '00102180': 'SH',
  '001021B0': 'LT',
  '00380010': 'LO',
  '00120010': 'LO',
  '00120020': 'LO',
  '00120021': 'LO',
  '00120030': 'LO',
  '00120031': 'LO',
  '00120040': 'LO',
  '00120042': 'LO',
  '00120050': 'LO',
  '00120051': 'ST',
  '00201040': 'LO', // Position Reference Indicator, of the frame of reference
}

/** What the length of an element with a short head can say (PS3.5, 7.1.2); LT, the longest of them, has 10 240 characters. */
const MOST_BYTES = 0xfffe

/** Neither identity nor the study hangs on them, and an archive that checks refuses a value that is none (PS3.5, 6.2). */
const OPTIONAL: Readonly<Record<string, readonly [keyword: string, form: RegExp]>> = {
  '00101010': ['PatientAge', /^(\d{3}[DWMY])?$/],
  '00101020': ['PatientSize', /^([-+]?(\d+\.?\d*|\.\d+)(E[-+]?\d+)?)?$/i],
  '00101030': ['PatientWeight', /^([-+]?(\d+\.?\d*|\.\d+)(E[-+]?\d+)?)?$/i],
  '001021A0': ['SmokingStatus', /^(YES|NO|UNKNOWN)?$/],
}

/** De-identification Method Code Sequence: archives compare it across a study as they do the patient's name. */
const CODES = '00120064'
/** The value representation of each element of a code (PS3.3, table 8.8-1). */
const OF_CODE: Readonly<Record<string, string>> = {
  '00080100': 'SH',
  '00080102': 'SH',
  '00080103': 'SH',
  '00080104': 'LO',
}

export interface KeptHeader {
  /** Those that are there, empty ones too, in the order of their tags. */
  readonly elements: readonly RawElement[]
  /** Keywords of optional ones whose value is none that the standard knows. */
  readonly leftOut: readonly string[]
}

export function headerOf({ dataSet }: Part10): KeptHeader {
  const texts = textsOf(dataSet, KEPT).map(({ tag, vr, bytes }) => ({ tag, vr, base64: bytes.toString('base64') }))
  const codes = dataSet.elements[`x${CODES}`]?.items ?? []
  const sequence = Buffer.concat(codes.map(codeItem)).toString('base64')
  const found: readonly RawElement[] = [
    ...texts,
    ...(sequence === '' ? [] : [{ tag: CODES, vr: 'SQ', base64: sequence }]),
  ]
  const unusable = found.filter(isUnusable)
  return {
    elements: found.filter((element) => !unusable.includes(element)),
    leftOut: unusable.map(({ tag }) => OPTIONAL[tag]![0]),
  }
}

interface RawText {
  readonly tag: string
  readonly vr: string
  readonly bytes: Buffer
}

/** In the order of their tags. @param wanted tag → value representation */
function textsOf({ elements, byteArray }: DataSet, wanted: Readonly<Record<string, string>>): readonly RawText[] {
  return Object.keys(wanted)
    .sort()
    .flatMap((tag): readonly RawText[] => {
      const element = elements[`x${tag.toLowerCase()}`]
      if (element === undefined || element.length > MOST_BYTES || element.items !== undefined) return []
      const bytes = byteArray.subarray(element.dataOffset, element.dataOffset + element.length)
      return [{ tag, vr: wanted[tag]!, bytes: Buffer.from(bytes) }]
    })
}

function codeItem({ dataSet }: Element): Buffer {
  if (dataSet === undefined) return Buffer.alloc(0)
  return encodeItem(Buffer.concat(textsOf(dataSet, OF_CODE).map(({ tag, vr, bytes }) => encodeElement(tag, vr, bytes))))
}

function isUnusable({ tag, base64 }: RawElement): boolean {
  const value = Buffer.from(base64, 'base64')
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart()
  return OPTIONAL[tag] !== undefined && !OPTIONAL[tag][1].test(value)
}

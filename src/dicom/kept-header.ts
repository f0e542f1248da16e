/**
 * The elements of the patient, general study, patient study and clinical trial modules (PS3.3 C.7.1, C.7.2), byte for byte: what
 * is written of a label map belongs to the same patient and study. All of them are texts, which no byte order changes.
 */
import type { Part10 } from './read-part10.ts'
import type { RawElement } from './source-series.ts'

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
  '00101000': 'LO',
  '00101001': 'PN',
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

/** LT, the longest of them, has at most 10 240 characters. */
const MOST_BYTES = 1 << 16

/** Those that are there, empty ones too, in the order of their tags. */
export function headerOf({ dataSet }: Part10): readonly RawElement[] {
  const { byteArray } = dataSet
  return Object.keys(KEPT)
    .sort()
    .flatMap((tag): readonly RawElement[] => {
      const element = dataSet.elements[`x${tag.toLowerCase()}`]
      if (element === undefined || element.length > MOST_BYTES || element.items !== undefined) return []
      const bytes = byteArray.subarray(element.dataOffset, element.dataOffset + element.length)
      return [{ tag, vr: KEPT[tag]!, base64: Buffer.from(bytes).toString('base64') }]
    })
}

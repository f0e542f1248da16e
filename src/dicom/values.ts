/** Values of attributes out of a parsed data set, by the value representation that the file gives them. */
import type { DataSet, Element } from 'dicom-parser'
import type { RepairNotes } from './repairs.ts'
import { type Keyword, TAGS } from './tags.ts'

/** A data set (or an item of a sequence) and where its repairs are noted. */
export interface Attributes {
  readonly dataSet: DataSet
  readonly notes: RepairNotes
}

type Read = (dataSet: DataSet, at: number) => number

/** Bytes of one value, and how it is read; dicom-parser knows the byte order of the element's own data set. */
const BINARY: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  US: [2, ({ byteArray, byteArrayParser }, at) => byteArrayParser.readUint16(byteArray, at)],
  SS: [2, ({ byteArray, byteArrayParser }, at) => byteArrayParser.readInt16(byteArray, at)],
  UL: [4, ({ byteArray, byteArrayParser }, at) => byteArrayParser.readUint32(byteArray, at)],
  SL: [4, ({ byteArray, byteArrayParser }, at) => byteArrayParser.readInt32(byteArray, at)],
  FL: [4, ({ byteArray, byteArrayParser }, at) => byteArrayParser.readFloat(byteArray, at)],
  FD: [8, ({ byteArray, byteArrayParser }, at) => byteArrayParser.readDouble(byteArray, at)],
}

/** Characters of one value, PS3.5 table 6.2-1. */
const LONGEST: Readonly<Record<string, number>> = { CS: 16, SH: 16, LO: 64, DS: 16, IS: 12, UI: 64, DA: 8, TM: 16 }

/** More values than this are not read: no attribute of the table has as many. */
const MOST_VALUES = 64

/** What has no value representation of its own (implicit) or says "unknown" has the one of the standard. */
function representation({ vr }: Element, expected: string): string {
  return vr === undefined || vr === 'UN' || vr === 'OB' || vr === 'OW' ? expected : vr
}

/** Either is right for an attribute that follows the pixels' own sign. */
function isAsExpected(vr: string, expected: string): boolean {
  return vr === expected || (expected === 'US' && vr === 'SS')
}

function elementOf({ dataSet, notes }: Attributes, keyword: Keyword): { element: Element; vr: string } | null {
  const [tag, expected] = TAGS[keyword]
  const element = dataSet.elements[tag]
  // The last element of a file that was cut off promises more than there is.
  if (element === undefined || element.length === 0 || element.dataOffset + element.length > dataSet.byteArray.length)
    return null
  const vr = representation(element, expected)
  if (element.vr !== undefined && !isAsExpected(element.vr, expected)) notes.add(`wrong-vr ${keyword}`)
  return { element, vr }
}

/** Bytes of the longest text that is looked at; descriptions and identifiers are far shorter. */
const MOST_BYTES = 4096

/** Latin-1 whatever the character set says: for codes, numbers and rules in ASCII, and never to be shown elsewhere. */
export function texts(attributes: Attributes, keyword: Keyword): readonly string[] {
  const found = elementOf(attributes, keyword)
  if (found === null) return []
  if (BINARY[found.vr] !== undefined) return numbers(attributes, keyword).map(String)
  const { element, vr } = found
  const { byteArray } = attributes.dataSet
  const end = element.dataOffset + Math.min(element.length, MOST_BYTES)
  const whole = Buffer.from(byteArray.buffer, byteArray.byteOffset, byteArray.length).toString(
    'latin1',
    element.dataOffset,
    end,
  )
  const values = whole.replace(/\0+$/, '').split('\\').slice(0, MOST_VALUES)
  const longest = LONGEST[vr] ?? MOST_BYTES
  if (values.some((value) => value.trim().length > longest)) attributes.notes.add(`too-long ${keyword}`)
  return values.map((value) => value.trim())
}

/** The first value; undefined where there is none or it is blank. */
export function text(attributes: Attributes, keyword: Keyword): string | undefined {
  return texts(attributes, keyword)[0] || undefined
}

/** NaN for what is no number, so that whoever needs it refuses it. */
export function numbers(attributes: Attributes, keyword: Keyword): readonly number[] {
  const found = elementOf(attributes, keyword)
  if (found === null) return []
  const { element, vr } = found
  const binary = BINARY[vr]
  if (binary === undefined) {
    const values = texts(attributes, keyword)
    return values.length === 1 && values[0] === ''
      ? []
      : values.map((value) => (value === '' ? Number.NaN : Number(value)))
  }
  const [bytes, read] = binary
  const count = Math.min(Math.floor(element.length / bytes), MOST_VALUES)
  return Array.from({ length: count }, (_, n) => read(attributes.dataSet, element.dataOffset + n * bytes))
}

export function number(attributes: Attributes, keyword: Keyword): number | undefined {
  const value = numbers(attributes, keyword)[0]
  return value === undefined || !Number.isFinite(value) ? undefined : value
}

/** The items of a sequence as attributes that note into the same place. */
export function items({ dataSet, notes }: Attributes, tag: string): readonly Attributes[] {
  const found = dataSet.elements[tag]?.items ?? []
  return found.flatMap((item) => (item.dataSet === undefined ? [] : [{ dataSet: item.dataSet, notes }]))
}

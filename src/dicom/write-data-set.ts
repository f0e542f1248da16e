/**
 * Data sets as explicit VR little endian (PS3.5, A.2). All lengths are stated, none is "undefined", so that a reader can skip
 * what it does not know. Elements of a source are copied undecoded: their text is never turned from one character set into
 * another.
 */

import { plainText } from '../picture/plain-text.ts'
import type { RawElement } from './source-series.ts'
import { type DataSet, type Keyword, tagAndVr, type Vr } from './write-attributes.ts'
import { decimalString } from './write-text.ts'

/** Value representations whose length has 32 bits behind two reserved bytes (PS3.5, table 7.1-1). */
const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '))
/** Padded with a zero byte to an even length, the others with a space (PS3.5, 6.2). */
const ZERO_PADDED = new Set('OB OW UI UN SQ'.split(' '))
/** Characters of one value (PS3.5, 6.2). */
const MOST_CHARACTERS: Partial<Record<Vr, number>> = { LO: 64, SH: 16, ST: 1024, PN: 64, UC: 1 << 20, UT: 1 << 20 }
/** What other texts of ours may hold (PS3.5, 6.2): codes, numbers, dates, UIDs. */
const STRICT: Partial<Record<Vr, RegExp>> = {
  CS: /^[A-Z0-9 _]{0,16}$/,
  DA: /^(\d{8})?$/,
  TM: /^(\d{6})?$/,
  DS: /^[-+.eE\d]{0,16}$/,
  IS: /^[-+\d]{0,12}$/,
  UI: /^([\d.]{1,64})?$/,
}
const LONGEST = 0xfffffffe

/**
 * @param source elements that are copied where `own` has no value for their tag; values of sequences as explicit VR little
 * endian
 */
export function encodeDataSet(own: DataSet, source: readonly RawElement[] = []): Buffer {
  const elements = new Map(source.map((element) => [element.tag, copied(element)]))
  for (const [keyword, value] of Object.entries(own)) {
    if (value === undefined) continue
    const [tag, vr] = tagAndVr(keyword as Keyword)
    elements.set(tag, encodeElement(tag, vr, encodeValue(vr, value)))
  }
  // Tags rise within a data set (PS3.5, 7.1).
  return Buffer.concat([...elements].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes))
}

function copied({ tag, vr, base64 }: RawElement): Buffer {
  return encodeElement(tag, vr, Buffer.from(base64, 'base64'))
}

/** Tag, VR and length; the value of `length` bytes, even, must follow (PS3.5, 7.1.2). */
export function elementHead(tag: string, vr: string, length: number): Buffer {
  if (length % 2 !== 0 || length > (LONG.has(vr) ? LONGEST : 0xffff)) throw new Error(`${length} bytes of ${tag} ${vr}`)
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8)
  writeTag(head, tag)
  head.write(vr, 4, 'latin1')
  if (LONG.has(vr)) head.writeUInt32LE(length, 8)
  else head.writeUInt16LE(length, 6)
  return head
}

/** One element whose value is bytes, padded to an even length. */
export function encodeElement(tag: string, vr: string, value: Buffer): Buffer {
  const padding = value.length % 2 === 0 ? [] : [Buffer.from(ZERO_PADDED.has(vr) ? '\0' : ' ')]
  return Buffer.concat([elementHead(tag, vr, value.length + padding.length), value, ...padding])
}

function encodeValue(vr: Vr, value: NonNullable<DataSet[Keyword]>): Buffer {
  const values = Array.isArray(value) ? value : [value]
  if (vr === 'SQ') return Buffer.concat(values.map((item) => encodeItem(encodeDataSet(item))))
  if (vr === 'AT') return Buffer.concat(values.map((keyword) => writeTag(Buffer.alloc(4), tagAndVr(keyword)[0])))
  if (vr === 'US') return Buffer.from(Uint16Array.from(values).buffer)
  if (vr === 'UL') return Buffer.from(Uint32Array.from(values).buffer)
  return Buffer.from(values.map((one) => textValue(vr, one)).join('\\'), 'latin1')
}

/** An item of a sequence, its length stated (PS3.5, 7.5.1). @param bytes of its elements */
export function encodeItem(bytes: Buffer): Buffer {
  const head = writeTag(Buffer.alloc(8), 'FFFEE000')
  head.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([head, bytes])
}

function textValue(vr: Vr, value: string | number): string {
  const most = MOST_CHARACTERS[vr]
  if (most !== undefined) return plainText(String(value), most)
  const text = typeof value === 'number' && vr === 'DS' ? decimalString(value) : String(value)
  if (!STRICT[vr]!.test(text)) throw new Error(`'${text}' cannot be a ${vr}`)
  return text
}

function writeTag(into: Buffer, tag: string): Buffer {
  into.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  into.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  return into
}

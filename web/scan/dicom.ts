/**
 * What one DICOM file says of itself in plain text: PS3.10 with explicit or implicit little-endian elements, up to the pixels.
 * Anything else (deflated, big-endian) is left to the service, which reads more.
 */

export interface DicomHead {
  readonly studyUid: string
  readonly seriesUid: string
  readonly modality: string
  readonly description: string
  readonly rows: number
  readonly columns: number
  readonly frames: number
  readonly spacingMm: readonly number[]
  readonly sliceMm: number | null
  readonly position: readonly number[]
  /** Direction cosines of rows and of columns, LPS. */
  readonly directions: readonly number[]
}

const EXPLICIT = '1.2.840.10008.1.2.1'
const IMPLICIT = '1.2.840.10008.1.2'
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
const UNDEFINED = 0xffffffff
const [ITEM, ITEM_END, SEQUENCE_END] = [0xfffee000, 0xfffee00d, 0xfffee0dd]
const PIXELS = 0x7fe00010

/** Whether the file begins as PS3.10, section 7.1, has it. */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM'
}

/** @param bytes from the beginning of the file, as many as are at hand @returns null where that says too little */
export function readDicom(bytes: Uint8Array<ArrayBuffer>): DicomHead | null {
  if (!isDicom(bytes)) return null
  const elements = new Map<number, string>()
  try {
    walk(bytes, elements)
  } catch (error) {
    // The beginning of a large file ends within an element; what was read so far counts.
    if (!(error instanceof RangeError)) throw error
  }
  const text = (tag: number) => elements.get(tag) ?? ''
  const numbers = (tag: number) => text(tag).split('\\').filter(Boolean).map(Number)
  const seriesUid = text(0x0020000e)
  if (seriesUid === '') return null
  return {
    studyUid: text(0x0020000d),
    seriesUid,
    modality: text(0x00080060),
    description: text(0x0008103e),
    rows: Number(text(0x00280010)),
    columns: Number(text(0x00280011)),
    frames: Number(text(0x00280008) || 1),
    spacingMm: numbers(0x00280030),
    sliceMm: numbers(0x00180088)[0] ?? numbers(0x00180050)[0] ?? null,
    position: numbers(0x00200032),
    directions: numbers(0x00200037),
  }
}

const US_TAGS = new Set([0x00280010, 0x00280011])
const TEXT_TAGS = new Set([
  ...[0x0020000d, 0x0020000e, 0x00080060, 0x0008103e, 0x00280008, 0x00280030],
  ...[0x00180088, 0x00180050, 0x00200032, 0x00200037],
])

function walk(bytes: Uint8Array<ArrayBuffer>, found: Map<number, string>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = (at: number, length: number) =>
    new TextDecoder('latin1').decode(bytes.subarray(at, at + length)).replace(/[\0 ]+$/, '')
  let syntax = ''
  let at = 132
  while (at + 8 <= bytes.length) {
    const element = elementAt(view, at, isExplicitAt(view, at, syntax))
    if (element.tag === PIXELS) return
    if (element.tag === 0x00020010) syntax = text(element.at, element.length)
    if (element.tag >>> 16 !== 2 && syntax.startsWith('1.2.840.10008.1.2.2')) return
    if (element.tag >>> 16 !== 2 && syntax === '1.2.840.10008.1.2.1.99') return
    if (US_TAGS.has(element.tag)) found.set(element.tag, String(view.getUint16(element.at, true)))
    if (TEXT_TAGS.has(element.tag)) found.set(element.tag, text(element.at, element.length))
    at =
      element.length === UNDEFINED ? endOfSequence(view, element.at, syntax !== IMPLICIT) : element.at + element.length
  }
}

/** Group 2 is always explicit; of the rest only the implicit syntax is not. */
const isExplicitAt = (view: DataView, at: number, syntax: string): boolean =>
  view.getUint16(at, true) === 2 || (syntax || EXPLICIT) !== IMPLICIT

interface Element {
  /** Group and element in one number. */
  readonly tag: number
  /** The offset of its value. */
  readonly at: number
  readonly length: number
}

function elementAt(view: DataView, at: number, isExplicit: boolean): Element {
  const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true)
  if (!isExplicit || tag >= ITEM) return { tag, at: at + 8, length: view.getUint32(at + 4, true) }
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5))
  if (LONG.has(vr)) return { tag, at: at + 12, length: view.getUint32(at + 8, true) }
  return { tag, at: at + 8, length: view.getUint16(at + 6, true) }
}

/** Where a sequence of undefined length ends, items and sequences in it skipped. */
function endOfSequence(view: DataView, from: number, isExplicit: boolean): number {
  let at = from
  for (;;) {
    const { tag, at: value, length } = elementAt(view, at, isExplicit)
    if (tag === SEQUENCE_END) return value
    if (tag === ITEM_END || (tag === ITEM && length === UNDEFINED)) at = value
    else if (length === UNDEFINED) at = endOfSequence(view, value, isExplicit)
    else at = value + length
  }
}

/** The bytes of one frame of compressed pixel data (PS3.5 A.4), and the size that the compressed image itself states. */
import type { DataSet, Element } from 'dicom-parser'
import { FaultError } from '../errors.ts'
import type { Codec } from './transfer-syntaxes.ts'

/**
 * Where each frame's fragments lie: as many fragments as frames, or one frame, need no table; otherwise the basic offset table
 * says it. Faults: dicom-pixels, dicom-truncated.
 */
export function encapsulatedFrame({ byteArray }: DataSet, element: Element, frame: number, frames: number): Uint8Array {
  const { fragments = [], basicOffsetTable = [] } = element
  if (fragments.length < frames)
    throw new FaultError(
      'dicom-truncated',
      `${frames} frames are promised, ${fragments.length} fragments are there: send it again`,
    )
  const own = (): typeof fragments => {
    if (frames === 1) return fragments
    if (fragments.length === frames) return fragments.slice(frame, frame + 1)
    if (basicOffsetTable.length !== frames)
      throw new FaultError(
        'dicom-pixels',
        `${frames} frames lie in ${fragments.length} fragments and the offset table has ${basicOffsetTable.length} entries: where a frame begins is not guessed`,
      )
    const [from, to = Number.POSITIVE_INFINITY] = [basicOffsetTable[frame]!, basicOffsetTable[frame + 1]]
    return fragments.filter(({ offset }) => offset >= from && offset < to)
  }
  const parts = own().map(({ position, length }) => {
    if (position + length > byteArray.length)
      throw new FaultError(
        'dicom-truncated',
        'compressed pixel data end before their last fragment does: send it again',
      )
    return byteArray.subarray(position, position + length)
  })
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

/** Columns and rows by the image's own header, so that a lie about them is found before it is decoded; null where it has none. */
export function statedSize(bytes: Uint8Array, packing: Codec): readonly [columns: number, rows: number] | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (packing === 'jpeg' || packing === 'jpeg-ls') return jpegSize(view)
  return jpeg2000Size(view)
}

/** Whether the image ends with its end marker, which all of them have (EOI, EOC: FF D9), but for bytes of padding. */
export function isWhole(bytes: Uint8Array): boolean {
  let end = bytes.length
  while (end > 2 && bytes[end - 1] === 0) end--
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9
}

/** SOF0…SOF15 of ITU-T T.81 (those that are frames) and SOF55 of JPEG-LS: length, precision, rows, columns. */
function jpegSize(view: Buffer): readonly [number, number] | null {
  let at = 2
  while (at + 9 <= view.length && view[at] === 0xff) {
    const marker = view[at + 1]!
    const isFrame = marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
    if (isFrame) return [view.readUInt16BE(at + 7), view.readUInt16BE(at + 5)]
    at += marker === 0xff ? 1 : 2 + view.readUInt16BE(at + 2)
  }
  return null
}

const SIZ = 0xff51

/** SIZ of ITU-T T.800, A.5.1, which follows the start of the codestream at once. */
function jpeg2000Size(view: Buffer): readonly [number, number] | null {
  // A JP2 file around the codestream is not allowed in DICOM, but its codestream starts with the same four bytes.
  const at = view.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]))
  if (at < 0 || at + 24 > view.length || view.readUInt16BE(at + 2) !== SIZ) return null
  return [
    view.readUInt32BE(at + 8) - view.readUInt32BE(at + 16),
    view.readUInt32BE(at + 12) - view.readUInt32BE(at + 20),
  ]
}

/**
 * The stored values of one plane → numbers, at their place in the volume: cut to the bits that are stored, with their sign, turned
 * where small is white, rescaled in float64 and rounded once to float32. NaN where the header says that nothing was measured.
 */
import { FaultError, sizeInWords } from '../errors.ts'
import type { Decoder } from './decoder.ts'
import { encapsulatedFrame } from './encapsulated.ts'
import type { PixelFormat } from './pixel-format.ts'
import type { Plane } from './plane.ts'
import type { Part10 } from './read-part10.ts'
import { decodeRle } from './rle.ts'

const PIXEL_DATA = 'x7fe00010'

export interface FrameBytes {
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
}

/** Faults: dicom-pixels, dicom-truncated. */
export async function frameBytes(
  { dataSet, syntax }: Part10,
  format: PixelFormat,
  frame: number,
  decoder: Decoder,
): Promise<FrameBytes> {
  const element = dataSet.elements[PIXEL_DATA]
  if (element === undefined)
    throw new FaultError('dicom-truncated', 'the file ends before its pixel data: send it again')
  if (syntax.packing !== 'native') {
    const encoded = encapsulatedFrame(dataSet, element, frame, format.frames)
    if (syntax.packing === 'rle')
      return { bytes: decodeRle(encoded, format.rows * format.columns, format.bitsAllocated / 8), littleEndian: true }
    const bytes = await decoder.decode({ bytes: encoded, packing: syntax.packing, format })
    return { bytes, littleEndian: true }
  }
  const bytesAFrame = format.rows * format.columns * (format.bitsAllocated / 8)
  const found = Math.min(element.length, dataSet.byteArray.length - element.dataOffset)
  if (element.encapsulatedPixelData || found < bytesAFrame * format.frames)
    throw new FaultError(
      'dicom-truncated',
      `${sizeInWords(bytesAFrame * format.frames, 'up')} of pixels are promised, ${sizeInWords(found, 'down')} are there: send it again`,
    )
  // OB is a string of bytes, which no byte order changes, and the standard forbids it here: programs differ in what they write.
  if (!syntax.littleEndian && format.bitsAllocated > 8 && element.vr === 'OB')
    throw new FaultError(
      'dicom-pixels',
      `big-endian pixels of ${format.bitsAllocated} bits have the value representation OB; OW is allowed: their byte order is not guessed`,
    )
  const from = element.dataOffset + frame * bytesAFrame
  const bytes = dataSet.byteArray.subarray(from, from + bytesAFrame)
  // Words of a big-endian file hold two 8-bit pixels each, the second one first.
  const areWords = !syntax.littleEndian && format.bitsAllocated === 8 && element.vr === 'OW'
  return { bytes: areWords ? Buffer.from(bytes).swap16() : bytes, littleEndian: syntax.littleEndian }
}

/** Fills `data` from `offset`, row by row; `plane` says which part of the frame it is. */
export function fillPlane(
  data: Float32Array,
  offset: number,
  plane: Plane,
  format: PixelFormat,
  frame: FrameBytes,
): void {
  const { bitsAllocated, bitsStored, highBit, isSigned, isInverted, padding } = format
  const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.byteLength)
  const { littleEndian } = frame
  const bytes = bitsAllocated / 8
  const { slope, intercept } = plane.rescale ?? { slope: 1, intercept: 0 }
  // The sign bit is moved to bit 31 and back: what lies above and below the stored bits falls off.
  const up = 31 - highBit
  const down = 32 - bitsStored
  // The largest and the smallest number that can be stored, added: small becomes large.
  const mirror = isSigned ? -1 : 2 ** bitsStored - 1
  const top = plane.tile === undefined ? 0 : Math.floor(plane.tile.index / plane.tile.across) * plane.rows
  const left = plane.tile === undefined ? 0 : (plane.tile.index % plane.tile.across) * plane.columns
  let at = offset
  for (let row = 0; row < plane.rows; row++) {
    let from = ((top + row) * format.columns + left) * bytes
    for (let column = 0; column < plane.columns; column++, from += bytes) {
      const raw =
        bytes === 2
          ? view.getUint16(from, littleEndian)
          : bytes === 1
            ? view.getUint8(from)
            : view.getUint32(from, littleEndian)
      const stored = isSigned ? (raw << up) >> down : (raw << up) >>> down
      const isPadding = padding !== null && stored >= padding[0] && stored <= padding[1]
      data[at++] = isPadding ? Number.NaN : (isInverted ? mirror - stored : stored) * slope + intercept
    }
  }
}

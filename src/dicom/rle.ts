/**
 * RLE (PS3.5 annex G): a header of 16 little-endian words (how many segments, where each begins), then the bytes of all pixels by
 * their place in the number, the highest first, each packed as PackBits. What is short is refused: a decoder that fills it with
 * zeros, as the common ones do, hands on an image that nobody took.
 */
import { FaultError } from '../errors.ts'

const HEADER_BYTES = 64

/** @returns little-endian numbers of `bytesAPixel`. @throws FaultError dicom-pixels */
export function decodeRle(encoded: Uint8Array, pixels: number, bytesAPixel: number): Uint8Array {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  const segments = encoded.length < HEADER_BYTES ? 0 : view.getUint32(0, true)
  if (segments !== bytesAPixel)
    throw new FaultError(
      'dicom-pixels',
      `an RLE image has ${segments} segments; ${bytesAPixel} are needed: it is damaged, send it again`,
    )
  const out = new Uint8Array(pixels * bytesAPixel)
  for (let segment = 0; segment < segments; segment++) {
    const from = view.getUint32(4 + 4 * segment, true)
    const to = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : encoded.length
    const found = unpack(encoded.subarray(from, to), out, bytesAPixel - 1 - segment, bytesAPixel)
    if (found < pixels)
      throw new FaultError(
        'dicom-pixels',
        `an RLE segment gives ${found} bytes where ${pixels} are promised: it is damaged, send it again`,
      )
  }
  return out
}

/** Into every `step`-th byte from `first`. @returns how many there were, at most as many as have room */
function unpack(packed: Uint8Array, out: Uint8Array, first: number, step: number): number {
  const room = out.length / step
  let count = 0
  for (let at = 0; at < packed.length && count < room; ) {
    const control = packed[at++]!
    if (control === 128) continue
    const isRun = control > 128
    const length = Math.min(isRun ? 257 - control : control + 1, room - count)
    const there = isRun ? Math.min(1, packed.length - at) * length : Math.min(length, packed.length - at)
    for (let n = 0; n < there; n++) out[first + step * count++] = packed[isRun ? at : at + n]!
    at += isRun ? 1 : control + 1
  }
  return count
}

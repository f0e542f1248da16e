/** The one file that touches dcmjs-codecs: a compressed frame → the bytes that an uncompressed one would have, little-endian. */
import codecs from 'dcmjs-codecs'
import { FaultError } from '../errors.ts'
import { statedSize } from './encapsulated.ts'
import type { PixelFormat } from './pixel-format.ts'
import type { Packing } from './transfer-syntaxes.ts'

const { Context, NativeCodecs } = codecs

type Decode = (context: InstanceType<typeof Context>) => InstanceType<typeof Context>

const DECODE: Record<Exclude<Packing, 'native'>, Decode> = {
  rle: (context) => NativeCodecs.decodeRle(context),
  jpeg: (context) => NativeCodecs.decodeJpeg(context),
  'jpeg-ls': (context) => NativeCodecs.decodeJpegLs(context),
  'jpeg-2000': (context) => NativeCodecs.decodeJpeg2000(context),
  htj2k: (context) => NativeCodecs.decodeHtJpeg2000(context),
}

let opening: Promise<void> | undefined

/** Must have been awaited once before decodeFrame(). */
export function openCodecs(): Promise<void> {
  opening ??= NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false })
  return opening
}

/** Faults: dicom-pixels. What the decoder says is not passed on. */
export function decodeFrame(bytes: Uint8Array, packing: Exclude<Packing, 'native'>, format: PixelFormat): Uint8Array {
  const { rows, columns, bitsAllocated, bitsStored, isSigned } = format
  const stated = statedSize(bytes, packing)
  if (packing !== 'rle' && (stated === null || stated[0] !== columns || stated[1] !== rows))
    throw new FaultError(
      'dicom-pixels',
      `a compressed image says ${stated === null ? 'no size' : stated.join(' × ')}, its header ${columns} × ${rows}; both must be the same`,
    )
  const promised = rows * columns * (bitsAllocated / 8)
  const context = new Context({
    ...{ width: columns, height: rows, bitsAllocated, bitsStored, samplesPerPixel: 1 },
    ...{ pixelRepresentation: Number(isSigned), planarConfiguration: 0, photometricInterpretation: 'MONOCHROME2' },
    encodedBuffer: bytes,
  })
  const decoded = attempt(DECODE[packing], context)
  if (decoded?.length === promised) return decoded
  const found =
    decoded === undefined ? 'cannot be decoded' : `gives ${decoded.length} bytes where ${promised} are promised`
  throw new FaultError(
    'dicom-pixels',
    `a compressed image of ${bytes.length} bytes ${found}: it is damaged, send it again`,
  )
}

function attempt(decode: Decode, context: InstanceType<typeof Context>): Uint8Array | undefined {
  try {
    return decode(context).getDecodedBuffer()
  } catch {
    return undefined
  }
}

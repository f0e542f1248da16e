/** The one file that touches dcmjs-codecs: a compressed frame → the bytes that an uncompressed one would have, little-endian. */
import codecs from 'dcmjs-codecs'
import type { PixelFormat } from './pixel-format.ts'
import type { Codec } from './transfer-syntaxes.ts'

const { Context, NativeCodecs } = codecs

type DecodeContext = InstanceType<typeof Context>

const DECODE: Record<Codec, (context: DecodeContext) => DecodeContext> = {
  jpeg: (context) => NativeCodecs.decodeJpeg(context),
  'jpeg-ls': (context) => NativeCodecs.decodeJpegLs(context),
  'jpeg-2000': (context) => NativeCodecs.decodeJpeg2000(context),
  htj2k: (context) => NativeCodecs.decodeHtJpeg2000(context),
}

export interface EncodedFrame {
  readonly bytes: Uint8Array
  readonly packing: Codec
  readonly format: PixelFormat
}

/** To be awaited once before decodeFrame(). */
export function openCodecs(): Promise<void> {
  return NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false })
}

/** null where it cannot be decoded: what the decoder says of it is not passed on. */
export function decodeFrame({ bytes, packing, format }: EncodedFrame): Uint8Array | null {
  const { rows, columns, bitsAllocated, bitsStored, isSigned } = format
  try {
    const context = new Context({
      ...{ width: columns, height: rows, bitsAllocated, bitsStored, samplesPerPixel: 1 },
      ...{ pixelRepresentation: Number(isSigned), planarConfiguration: 0, photometricInterpretation: 'MONOCHROME2' },
      encodedBuffer: bytes,
    })
    return DECODE[packing](context).getDecodedBuffer() ?? null
  } catch {
    return null
  }
}

/** The transfer syntaxes that are read (PS3.5 A, PS3.6 A-1), and how the pixels of each are packed. */
import { FaultError } from '../errors.ts'

export type Packing = 'native' | 'rle' | Codec

/** Those that dcmjs-codecs decodes. */
export type Codec = 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k'

export interface TransferSyntax {
  readonly name: string
  readonly packing: Packing
  readonly littleEndian: boolean
  /** The values may have been changed by the compression; JPEG 2000 and its like may also be lossless under such a name. */
  readonly mayLose: boolean
}

function syntax(name: string, packing: Packing, rest: Partial<TransferSyntax> = {}): TransferSyntax {
  return { name, packing, littleEndian: true, mayLose: false, ...rest }
}

const LOSES = { mayLose: true }

const SYNTAXES: ReadonlyMap<string, TransferSyntax> = new Map([
  ['1.2.840.10008.1.2', syntax('Implicit VR Little Endian', 'native')],
  ['1.2.840.10008.1.2.1', syntax('Explicit VR Little Endian', 'native')],
  ['1.2.840.10008.1.2.1.99', syntax('Deflated Explicit VR Little Endian', 'native')],
  ['1.2.840.10008.1.2.2', syntax('Explicit VR Big Endian', 'native', { littleEndian: false })],
  ['1.2.840.10008.1.2.5', syntax('RLE Lossless', 'rle')],
  ['1.2.840.10008.1.2.4.50', syntax('JPEG Baseline', 'jpeg', LOSES)],
  ['1.2.840.10008.1.2.4.51', syntax('JPEG Extended', 'jpeg', LOSES)],
  ['1.2.840.10008.1.2.4.57', syntax('JPEG Lossless', 'jpeg')],
  ['1.2.840.10008.1.2.4.70', syntax('JPEG Lossless SV1', 'jpeg')],
  ['1.2.840.10008.1.2.4.80', syntax('JPEG-LS Lossless', 'jpeg-ls')],
  ['1.2.840.10008.1.2.4.81', syntax('JPEG-LS Near-lossless', 'jpeg-ls', LOSES)],
  ['1.2.840.10008.1.2.4.90', syntax('JPEG 2000 Lossless', 'jpeg-2000')],
  ['1.2.840.10008.1.2.4.91', syntax('JPEG 2000', 'jpeg-2000', LOSES)],
  ['1.2.840.10008.1.2.4.201', syntax('HTJ2K Lossless', 'htj2k')],
  ['1.2.840.10008.1.2.4.202', syntax('HTJ2K Lossless RPCL', 'htj2k')],
  ['1.2.840.10008.1.2.4.203', syntax('HTJ2K', 'htj2k', LOSES)],
])

/** What stands for a syntax of which only the header is read: all others have an explicit little-endian one. */
export const OTHER = syntax('another', 'native')

/** The fault is dicom-transfer-syntax; it is returned, because the header can be read all the same. */
export function transferSyntaxOf(uid: string): TransferSyntax | FaultError {
  const found = SYNTAXES.get(uid)
  if (found !== undefined) return found
  const known = [...SYNTAXES.values()].map(({ name }) => name).join(', ')
  // A UID that is none is text of the header, and that is not shown.
  const shown = /^[0-9.]{1,64}$/.test(uid) ? `the transfer syntax is ${uid}` : 'the transfer syntax is no UID'
  return new FaultError(
    'dicom-transfer-syntax',
    `${shown}; allowed: ${known} (gdcmconv --raw or dcmdjpeg writes Explicit VR Little Endian)`,
  )
}

/** Files of DICOM (PS3.10, section 7): preamble, File Meta Information, data set; the pixels are made while they are read. */
import type { RawElement } from './source-series.ts'
import { uidOf } from './uid.ts'
import type { DataSet } from './write-attributes.ts'
import { elementHead, encodeDataSet, encodeElement } from './write-data-set.ts'

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const IMPLEMENTATION_CLASS_UID = uidOf('onelabel', 'implementation')
const IMPLEMENTATION_VERSION = 'ONELABEL'

/** An object that can be sent or saved, as often as is needed. */
export interface DicomObject {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  /** The length of the whole file. */
  readonly byteLength: number
  /** The file from its first byte; each call begins anew. */
  readonly chunks: () => Iterable<Uint8Array>
}

/** The value of Pixel Data, of `byteLength` bytes before it is padded to an even length. */
export interface Pixels {
  readonly byteLength: number
  readonly chunks: () => Iterable<Uint8Array>
}

/** What every object says of itself. */
export interface Identified extends DataSet {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
}

/**
 * @param shared says which object it is; goes into the data set as `modules` do
 * @param source elements that are copied as they are, where neither has a value for their tag
 */
export function writeObject(
  shared: Identified,
  modules: DataSet,
  source: readonly RawElement[],
  pixels?: Pixels,
): DicomObject {
  const head = Buffer.concat([fileHead(shared), encodeDataSet({ ...modules, ...shared }, source)])
  const ids = {
    sopClassUid: shared.SOPClassUID,
    sopInstanceUid: shared.SOPInstanceUID,
    seriesInstanceUid: shared.SeriesInstanceUID,
  }
  if (pixels === undefined) return { ...ids, byteLength: head.length, chunks: () => [head] }
  const padding = new Uint8Array(pixels.byteLength % 2)
  // Samples of at most 8 bits may be OB (PS3.5, A.2).
  const pixelHead = elementHead('7FE00010', 'OB', pixels.byteLength + padding.length)
  return {
    ...ids,
    byteLength: head.length + pixelHead.length + pixels.byteLength + padding.length,
    chunks: function* () {
      yield head
      yield pixelHead
      yield* pixels.chunks()
      if (padding.length > 0) yield padding
    },
  }
}

/** Preamble, prefix and group 0002 (PS3.10, table 7.1-1). */
function fileHead({ SOPClassUID, SOPInstanceUID }: Identified): Buffer {
  const meta = Buffer.concat([
    encodeElement('00020001', 'OB', Buffer.of(0, 1)),
    encodeElement('00020002', 'UI', Buffer.from(SOPClassUID)),
    encodeElement('00020003', 'UI', Buffer.from(SOPInstanceUID)),
    encodeElement('00020010', 'UI', Buffer.from(EXPLICIT_LITTLE_ENDIAN)),
    encodeElement('00020012', 'UI', Buffer.from(IMPLEMENTATION_CLASS_UID)),
    encodeElement('00020013', 'SH', Buffer.from(IMPLEMENTATION_VERSION)),
  ])
  const groupLength = Buffer.alloc(4)
  groupLength.writeUInt32LE(meta.length)
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), encodeElement('00020000', 'UL', groupLength), meta])
}

/**
 * A label map (NIFTI_INTENT_LABEL), a map of its confidence (NIFTI_INTENT_ESTIMATE) or a scan → .nii.gz on the scan's own grid:
 * NIfTI of the scan's version, little-endian, uint8 (of a scan int16 or float32); dim, pixdim, quaternion, offsets, srow, both codes and
 * xyzt_units as they were in the scan.
 */
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import type { LabelVolume, Shape, Volume } from '../volume/volume.ts'
import { type NiftiGeometry, shapeOf } from './geometry.ts'
import { labelTableExtension, type NamedLabel } from './label-table.ts'

const DT_UINT8 = 2
const DT_INT16 = 4
const DT_FLOAT32 = 16
const MOST_INT16 = 32767
const INTENT_NONE = 0
const INTENT_ESTIMATE = 1001
const INTENT_LABEL = 1002
const DESCRIPTION = 'onelabel; research use only'

const BITS = { [DT_UINT8]: 8, [DT_INT16]: 16, [DT_FLOAT32]: 32 } as const

/** What the numbers mean: value = slope · number, the largest to be shown `calMax`. */
interface Meaning {
  readonly intent: number
  readonly datatype: keyof typeof BITS
  readonly slope: number
  readonly calMax: number
}

/** Offsets of nifti1.h; `head` is zero where nothing is written. */
function writeHeader1(head: Buffer, geometry: NiftiGeometry, voxOffset: number, meaning: Meaning): void {
  head.writeInt32LE(348, 0)
  for (const [i, n] of geometry.dim.entries()) head.writeInt16LE(n, 40 + 2 * i)
  head.writeInt16LE(meaning.intent, 68)
  head.writeInt16LE(meaning.datatype, 70)
  head.writeInt16LE(BITS[meaning.datatype], 72)
  for (const [i, size] of geometry.pixdim.entries()) head.writeFloatLE(size, 76 + 4 * i)
  head.writeFloatLE(voxOffset, 108)
  head.writeFloatLE(meaning.slope, 112) // scl_slope
  head.writeUInt8(geometry.xyztUnits, 123)
  head.writeFloatLE(meaning.calMax, 124) // cal_max
  head.write(DESCRIPTION, 148, 'latin1')
  head.writeInt16LE(geometry.qformCode, 252)
  head.writeInt16LE(geometry.sformCode, 254)
  const placement = [...geometry.quatern, ...geometry.qoffset, ...geometry.srow]
  for (const [i, value] of placement.entries()) head.writeFloatLE(value, 256 + 4 * i)
  head.write('n+1\0', 344, 'latin1')
}

/** Offsets of nifti2.h. */
function writeHeader2(head: Buffer, geometry: NiftiGeometry, voxOffset: number, meaning: Meaning): void {
  head.writeInt32LE(540, 0)
  head.write('n+2\0\r\n\x1a\n', 4, 'latin1')
  head.writeInt16LE(meaning.datatype, 12)
  head.writeInt16LE(BITS[meaning.datatype], 14)
  for (const [i, n] of geometry.dim.entries()) head.writeBigInt64LE(BigInt(n), 16 + 8 * i)
  for (const [i, size] of geometry.pixdim.entries()) head.writeDoubleLE(size, 104 + 8 * i)
  head.writeBigInt64LE(BigInt(voxOffset), 168)
  head.writeDoubleLE(meaning.slope, 176) // scl_slope
  head.writeDoubleLE(meaning.calMax, 192) // cal_max
  head.write(DESCRIPTION, 240, 'latin1')
  head.writeInt32LE(geometry.qformCode, 344)
  head.writeInt32LE(geometry.sformCode, 348)
  const placement = [...geometry.quatern, ...geometry.qoffset, ...geometry.srow]
  for (const [i, value] of placement.entries()) head.writeDoubleLE(value, 352 + 8 * i)
  head.writeInt32LE(geometry.xyztUnits, 500)
  head.writeInt32LE(meaning.intent, 504)
}

/**
 * The bytes of a .nii.gz (gzip level 1). `geometry` is that of the scan the labels lie on; labels of another shape
 * are a bug of the caller.
 */
export async function encodeLabels(
  labels: LabelVolume,
  geometry: NiftiGeometry,
  labelSet: readonly NamedLabel[],
): Promise<Buffer<ArrayBuffer>> {
  const calMax = Math.max(...labelSet.map((label) => label.value))
  const meaning = { intent: INTENT_LABEL, datatype: DT_UINT8, slope: 1, calMax } as const
  return encodeNumbers(labels, geometry, meaning, labelTableExtension(labelSet))
}

/** The bytes of a .nii.gz whose values are byte / 255: the probability of each voxel's label. Errors as encodeLabels(). */
export async function encodeConfidence(confidence: LabelVolume, geometry: NiftiGeometry): Promise<Buffer<ArrayBuffer>> {
  const meaning = { intent: INTENT_ESTIMATE, datatype: DT_UINT8, slope: 1 / 255, calMax: 1 } as const
  return encodeNumbers(confidence, geometry, meaning, Buffer.alloc(0))
}

/** The bytes of a .nii.gz of int16: the largest value is 32767 · slope, and what is 0 stays 0. Errors as encodeLabels(). */
export async function encodeScan(scan: Volume<'scan'>, geometry: NiftiGeometry): Promise<Buffer<ArrayBuffer>> {
  const { data: values } = scan
  let most = 0
  // an iterator takes several times as long
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!))
  const slope = most === 0 ? 1 : most / MOST_INT16
  const data = new Int16Array(values.length)
  for (let at = 0; at < values.length; at++) data[at] = Math.round(values[at]! / slope)
  const meaning = { intent: INTENT_NONE, datatype: DT_INT16, slope, calMax: 0 } as const
  return encodeNumbers({ shape: scan.shape, data }, geometry, meaning, Buffer.alloc(0))
}

/**
 * The bytes of a .nii.gz of the very values of a scan, and of nothing else that its file said: int16 where that holds them all, else
 * float32. Errors as encodeLabels().
 */
export async function encodeValues(scan: Volume<'scan'>, geometry: NiftiGeometry): Promise<Buffer<ArrayBuffer>> {
  const { shape } = scan
  const isShort = scan.data.every((value) => Number.isInteger(value) && Math.abs(value) <= MOST_INT16)
  const data = isShort ? Int16Array.from(scan.data) : scan.data
  const meaning = { intent: INTENT_NONE, datatype: isShort ? DT_INT16 : DT_FLOAT32, slope: 1, calMax: 0 } as const
  return encodeNumbers({ shape, data }, geometry, meaning, Buffer.alloc(0))
}

async function encodeNumbers(
  numbers: { readonly shape: Shape; readonly data: Uint8Array | Int16Array | Float32Array },
  geometry: NiftiGeometry,
  meaning: Meaning,
  extension: Buffer,
): Promise<Buffer<ArrayBuffer>> {
  const shape = shapeOf(geometry)
  const voxels = shape[0] * shape[1] * shape[2]
  if (numbers.shape.some((n, axis) => n !== shape[axis]) || numbers.data.length !== voxels)
    throw new Error(`labels of ${numbers.shape.join('×')} (${numbers.data.length}) on a scan of ${shape.join('×')}`)
  const headerBytes = geometry.version === 1 ? 348 : 540
  const voxOffset = headerBytes + 4 + extension.length
  const head = Buffer.alloc(voxOffset)
  const writeHeader = geometry.version === 1 ? writeHeader1 : writeHeader2
  writeHeader(head, geometry, voxOffset, meaning)
  if (extension.length > 0) head[headerBytes] = 1 // an extension follows
  extension.copy(head, headerBytes + 4)
  const gzip = createGzip({ level: 1 })
  gzip.write(head)
  gzip.end(new Uint8Array(numbers.data.buffer, numbers.data.byteOffset, numbers.data.byteLength))
  return buffer(gzip)
}

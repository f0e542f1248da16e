/** A volume as a NIfTI-1 file (nifti1.h): int16, little-endian, sform only, gzipped. For scans that we make ourselves. */
import { gzipSync } from 'node:zlib'
import { spacingMm } from '../../src/volume/affine.ts'
import type { Volume } from '../../src/volume/volume.ts'

const HEADER_BYTES = 352
const INT16 = 4
const MILLIMETRES = 2
/** sform_code 2: aligned to something, here the made-up head's own axes. */
const ALIGNED = 2

/** Values are rounded; they must lie within int16. */
export function buildScan({ shape, affine, data }: Volume<'scan'>): Buffer {
  const file = Buffer.alloc(HEADER_BYTES + 2 * data.length)
  file.writeInt32LE(348, 0)
  for (const [i, size] of [3, ...shape, 1, 1, 1, 1].entries()) file.writeInt16LE(size, 40 + 2 * i)
  file.writeInt16LE(INT16, 70)
  file.writeInt16LE(16, 72)
  for (const [i, mm] of [1, ...spacingMm(affine)].entries()) file.writeFloatLE(mm, 76 + 4 * i)
  file.writeFloatLE(HEADER_BYTES, 108)
  file.writeFloatLE(1, 112)
  file.writeUInt8(MILLIMETRES, 123)
  file.writeInt16LE(ALIGNED, 254)
  for (const [i, value] of affine.slice(0, 12).entries()) file.writeFloatLE(value, 280 + 4 * i)
  file.write('n+1\0', 344, 'latin1')
  for (let at = 0; at < data.length; at++) file.writeInt16LE(Math.round(data[at]!), HEADER_BYTES + 2 * at)
  return gzipSync(file, { level: 9 })
}

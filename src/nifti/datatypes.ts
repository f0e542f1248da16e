/**
 * The datatypes of nifti1.h: the integers and floats with their readers, and the ones that are refused by name.
 * Each reader gives one stored voxel as a number; int64 beyond 2^53 is rounded once, which float32 would do anyway.
 */
import { FaultError } from '../errors.ts'

export interface Datatype {
  readonly code: number
  readonly bytes: number
  readonly get: (view: DataView, offset: number, littleEndian: boolean) => number
}

type ReadableName =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64'

type RefusedName =
  | 'unknown'
  | 'binary'
  | 'complex64'
  | 'complex128'
  | 'complex256'
  | 'float128'
  | 'RGB (24 bit)'
  | 'RGBA (32 bit)'

const READABLE: Record<ReadableName, Datatype> = {
  uint8: { code: 2, bytes: 1, get: (view, offset) => view.getUint8(offset) },
  int8: { code: 256, bytes: 1, get: (view, offset) => view.getInt8(offset) },
  uint16: { code: 512, bytes: 2, get: (view, offset, le) => view.getUint16(offset, le) },
  int16: { code: 4, bytes: 2, get: (view, offset, le) => view.getInt16(offset, le) },
  uint32: { code: 768, bytes: 4, get: (view, offset, le) => view.getUint32(offset, le) },
  int32: { code: 8, bytes: 4, get: (view, offset, le) => view.getInt32(offset, le) },
  // two halves instead of a BigInt a voxel, which would be some thirty times slower
  uint64: {
    code: 1280,
    bytes: 8,
    get: (view, offset, le) =>
      view.getUint32(offset + (le ? 4 : 0), le) * 2 ** 32 + view.getUint32(offset + (le ? 0 : 4), le),
  },
  int64: {
    code: 1024,
    bytes: 8,
    get: (view, offset, le) =>
      view.getInt32(offset + (le ? 4 : 0), le) * 2 ** 32 + view.getUint32(offset + (le ? 0 : 4), le),
  },
  float32: { code: 16, bytes: 4, get: (view, offset, le) => view.getFloat32(offset, le) },
  float64: { code: 64, bytes: 8, get: (view, offset, le) => view.getFloat64(offset, le) },
}

const REFUSED: Record<RefusedName, number> = {
  unknown: 0,
  binary: 1,
  complex64: 32,
  complex128: 1792,
  complex256: 2048,
  float128: 1536,
  'RGB (24 bit)': 128,
  'RGBA (32 bit)': 2304,
}

const byCode = new Map(Object.values(READABLE).map((type) => [type.code, type]))

/** The datatype of a header's code; a fault that names the type and what is allowed for any that is not one number. */
export function datatypeOf(code: number): Datatype {
  const type = byCode.get(code)
  if (type) return type
  const name = Object.entries(REFUSED).find(([, refused]) => refused === code)?.[0]
  const found = name ? `voxels are ${name} (datatype ${code})` : `datatype ${code} is not one of NIfTI`
  throw new FaultError(
    'nifti-datatype',
    `${found}; allowed: ${Object.keys(READABLE).join(', ')} (one number a voxel: save the magnitude or one colour, as float32)`,
  )
}

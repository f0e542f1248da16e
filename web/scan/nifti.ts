/** The header of NIfTI-1 and -2: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h, nifti2.h */
import { type Affine, quaternionAffine, spacingOf, type Vector } from './affine.ts'
import { type Head, type Kind, Unreadable } from './head.ts'

export const NIFTI_HEAD_BYTES = 540

const KINDS: Readonly<Record<number, Kind>> = {
  ...{ 2: 'uint8', 4: 'int16', 8: 'int32', 16: 'float32', 64: 'float64' },
  ...{ 256: 'int8', 512: 'uint16', 768: 'uint32' },
}

/** Whether the bytes begin as such a header does, in either order of bytes. */
export function isNifti(bytes: DataView): boolean {
  return bytes.byteLength >= 348 && orderOf(bytes) !== null
}

interface Order {
  readonly version: 1 | 2
  readonly little: boolean
}

function orderOf(bytes: DataView): Order | null {
  for (const little of [true, false]) {
    const size = bytes.getInt32(0, little)
    if (size === 348) return { version: 1, little }
    if (size === 540) return { version: 2, little }
  }
  return null
}

/** @throws Unreadable for a header that promises no three-dimensional scan */
export function readNifti(bytes: DataView): Head {
  const order = orderOf(bytes)
  if (order === null || bytes.byteLength < (order.version === 1 ? 348 : 540)) {
    throw new Unreadable('The file ends within its header.')
  }
  const { version, little } = order
  const isFirst = version === 1
  const float = (at: number) => (isFirst ? bytes.getFloat32(at, little) : bytes.getFloat64(at, little))
  const int = (at: number) => (isFirst ? bytes.getInt16(at, little) : Number(bytes.getBigInt64(at, little)))
  const [wide, dimAt, pixAt] = isFirst ? [2, 40, 76] : [8, 16, 104]
  const dim = Array.from({ length: 8 }, (_, n) => int(dimAt + wide * n))
  const step = isFirst ? 4 : 8
  const pixdim = Array.from({ length: 8 }, (_, n) => float(pixAt + step * n))
  const axes = dim[0]!
  const shape = [1, 2, 3].map((n) => (n <= axes ? dim[n]! : 1)) as unknown as Vector
  if (axes < 2 || axes > 7 || shape.some((n) => n < 1)) throw new Unreadable(`Its header promises no volume (${dim}).`)
  const frames = dim.slice(4, axes + 1).reduce((product, n) => product * Math.max(1, n), 1)
  const code = bytes.getInt16(isFirst ? 70 : 12, little)
  const { affine, source } = affineOf(bytes, order, float, pixdim)
  const spacing = source === 'none' ? pixdim.slice(1, 4).map(Math.abs) : spacingOf(affine)
  return {
    format: isFirst ? 'NIfTI-1' : 'NIfTI-2',
    shape,
    frames,
    spacingMm: spacing as unknown as Vector,
    affine,
    affineSource: source,
    kind: KINDS[code] ?? null,
    kindName: KINDS[code] ?? `datatype ${code}`,
    littleEndian: little,
    offset: isFirst ? bytes.getFloat32(108, little) : Number(bytes.getBigInt64(168, little)),
  }
}

function affineOf(bytes: DataView, { version, little }: Order, float: (at: number) => number, pixdim: number[]) {
  const [codesAt, quaternionAt, rowsAt, step] = version === 1 ? [252, 256, 280, 4] : [344, 352, 400, 8]
  const code = (at: number) => (version === 1 ? bytes.getInt16(at, little) : bytes.getInt32(at, little))
  const [qform, sform] = [code(codesAt), code(codesAt + (version === 1 ? 2 : 4))]
  if (sform > 0) {
    const rows = Array.from({ length: 12 }, (_, n) => float(rowsAt + step * n))
    return { affine: [...rows, 0, 0, 0, 1] as Affine, source: 'sform' as const }
  }
  const [b, c, d, x, y, z] = Array.from({ length: 6 }, (_, n) => float(quaternionAt + step * n)) as number[]
  if (qform > 0) {
    return { affine: quaternionAffine(b!, c!, d!, pixdim, [x!, y!, z!]), source: 'qform' as const }
  }
  const [sx, sy, sz] = [pixdim[1]!, pixdim[2]!, pixdim[3]!].map((mm) => Math.abs(mm) || 1)
  return { affine: [sx!, 0, 0, 0, 0, sy!, 0, 0, 0, 0, sz!, 0, 0, 0, 0, 1] as Affine, source: 'none' as const }
}

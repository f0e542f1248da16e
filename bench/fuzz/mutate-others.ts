/** MGH, NRRD and MetaImage files that are almost right, as mutate-nifti.ts makes NIfTI files. */
import { gzipSync } from 'node:zlib'
import { buildMha } from '../../test/fixtures/mha.ts'
import { cutAndPacked, flipBytes, ODD_NUMBERS, putOddNumber } from './damage.ts'
import type { Draw } from './draw.ts'

/** Where an MGH header has its version, sizes, frames, type, flag, spacing, directions and centre. */
const MGH_OFFSETS = [0, 4, 8, 12, 16, 20, 24, 28, 30, 34, 38, 42, 46, 50, 54, 58, 62, 66, 70, 74, 78, 82, 86]
const MGH_TYPES = [0, 1, 3, 4, 10]
/** Longer than any header here, but for the odd ones. */
const HEADER_BYTES = 400

const ODD_WORDS = [
  '',
  ' ',
  'none',
  'None',
  'nan',
  '1e400',
  '0x10',
  '(1,0,0)',
  '()',
  '1 1',
  '\u00e9',
  'LOCAL',
  'LIST',
  'a.raw',
]
const ODD_LINES = ['\n', '\r\n', ':', '=', '# x\n', 'a:=b\n', 'x: y\n', 'X = Y\n', '\0', 'x'.repeat(70_000)]

/** One in ten is left as it is. */
export function mutatedOther(draw: Draw): Buffer {
  const isWrong = draw.chance(0.9)
  const file = draw.of([mgh, nrrd, mha])(draw, isWrong)
  return cutAndPacked(file, draw, isWrong)
}

function mgh(draw: Draw, isWrong: boolean): Buffer {
  const [type, sizes] = [draw.of(MGH_TYPES), sizesOf(draw)]
  const file = Buffer.alloc(284 + product(sizes) * (type === 0 ? 1 : type === 1 || type === 3 ? 4 : 2))
  ;[1, ...sizes, 1, type, 0].forEach((value, n) => {
    file.writeInt32BE(value, 4 * n)
  })
  file.writeInt16BE(1, 28)
  ;[1, 1, 2, -1, 0, 0, 0, 0, -1, 0, 1, 0, 10, 20, 30].forEach((value, n) => {
    file.writeFloatBE(value, 30 + 4 * n)
  })
  draw.bytes(file.length - 284).copy(file, 284)
  if (isWrong && draw.chance(0.7)) putOddNumber(file, draw, MGH_OFFSETS)
  if (isWrong && draw.chance(0.3)) flipBytes(file, draw, 90)
  return file
}

function nrrd(draw: Draw, isWrong: boolean): Buffer {
  const sizes = sizesOf(draw)
  const isGzip = draw.chance(0.5)
  const fields = {
    type: 'short',
    dimension: '3',
    space: draw.of(['left-posterior-superior', 'RAS', 'LAS']),
    sizes: sizes.join(' '),
    'space directions': '(0.5,0,0) (0,-2,0) (0,0,6.5)',
    endian: draw.of(['little', 'big']),
    encoding: isGzip ? 'gzip' : 'raw',
    'space origin': '(-10,20,-30)',
  }
  const given = Object.entries(isWrong ? changed(draw, fields) : fields)
  const lines = given.flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value}\n`]))
  const voxels = draw.bytes(2 * product(sizes))
  return textFile(`NRRD000${draw.of([4, 5])}\n${lines.join('')}\n`, isGzip ? gzipSync(voxels) : voxels, draw, isWrong)
}

function mha(draw: Draw, isWrong: boolean): Buffer {
  const sizes = sizesOf(draw)
  const fields = {
    DimSize: sizes.join(' '),
    TransformMatrix: '1 0 0 0 1 0 0 0 1',
    Offset: '0 0 0',
    ElementSpacing: '1 1 2',
    NDims: '3',
    ElementType: 'MET_UCHAR',
    CompressedData: draw.of(['True', 'False']),
    BinaryDataByteOrderMSB: 'False',
    CompressedDataSize: null,
  }
  const built = buildMha(draw.bytes(product(sizes)), isWrong ? changed(draw, fields) : fields)
  const end = built.indexOf('LOCAL\n') + 'LOCAL\n'.length
  return textFile(built.toString('latin1', 0, end), built.subarray(end), draw, isWrong)
}

const sizesOf = (draw: Draw) => [2 + draw.whole(6), 2 + draw.whole(6), 2 + draw.whole(6)]
const product = (sizes: readonly number[]) => sizes.reduce((all, n) => all * n, 1)

/** One or two fields gone, or with another word or number. */
function changed(draw: Draw, fields: Readonly<Record<string, string | null>>): Record<string, string | null> {
  const other = { ...fields }
  for (let n = 1 + draw.whole(2); n > 0; n--) {
    const key = draw.of(Object.keys(fields))
    const words = (fields[key] ?? '').split(' ')
    const odd = () => (draw.chance(0.6) ? String(draw.of(ODD_NUMBERS)) : draw.of(ODD_WORDS))
    other[key] = draw.chance(0.2) ? null : words.map((word) => (draw.chance(0.5) ? odd() : word)).join(' ')
  }
  return other
}

/** A header of text and the voxels, perhaps with a line or bytes in it that do not belong there. */
function textFile(head: string, voxels: Buffer, draw: Draw, isWrong: boolean): Buffer {
  const at = draw.whole(head.length)
  const text = isWrong && draw.chance(0.2) ? head.slice(0, at) + draw.of(ODD_LINES) + head.slice(at) : head
  const file = Buffer.concat([Buffer.from(text, 'latin1'), voxels])
  if (isWrong && draw.chance(0.3)) flipBytes(file, draw, HEADER_BYTES)
  return file
}

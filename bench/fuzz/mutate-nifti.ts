/** NIfTI files that are almost right: a good one with fields, bytes or its length changed, and perhaps gzipped. */
import { buildNifti, type NiftiFields } from '../../test/fixtures/nifti.ts'
import { cutAndPacked, flipBytes, ODD_NUMBERS, putOddNumber } from './damage.ts'
import type { Draw } from './draw.ts'

const DATATYPES = [2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280, 0, 1, 32, 128, 1536, 1792, 2048, 2304, 255, -1]
const HEADER_BYTES = 560
/** Where nifti1.h and nifti2.h have their fields: sizeof_hdr, dim, datatype, pixdim, vox_offset, slopes, codes, affines, magic. */
const OFFSETS = [
  0, 4, 12, 14, 16, 24, 32, 40, 42, 44, 46, 70, 72, 76, 80, 104, 108, 112, 123, 168, 176, 252, 254, 256, 280, 296, 312,
  344, 348, 352, 400, 500,
]

function goodFields(draw: Draw): NiftiFields {
  return {
    version: draw.of([1, 1, 2]),
    endian: draw.of(['little', 'little', 'big']),
    datatype: draw.of(DATATYPES.slice(0, 10)),
    dim: [3, 2 + draw.whole(6), 2 + draw.whole(6), 2 + draw.whole(6)],
    qformCode: draw.whole(3),
    sformCode: draw.whole(3),
    xyztUnits: draw.of([0, 1, 2, 3, 10]),
    ...(draw.chance(0.2) && { extensions: extension(draw) }),
  }
}

/** Its size is told in it, rightly or not. */
function extension(draw: Draw): Buffer {
  const bytes = draw.bytes(16 * (1 + draw.whole(3)))
  bytes.writeInt32LE(draw.chance(0.5) ? bytes.length : draw.whole(2 ** 31), 0)
  return bytes
}

function wrongField(draw: Draw): NiftiFields {
  const odd = () => Math.trunc(ODD_NUMBERS[draw.whole(22)]!)
  return draw.of<() => NiftiFields>([
    () => ({ datatype: draw.of(DATATYPES), data: draw.bytes(64) }),
    () => ({ dim: Array.from({ length: 8 }, odd), data: draw.bytes(64) }),
    () => ({ pixdim: Array.from({ length: 8 }, () => draw.of(ODD_NUMBERS)) }),
    () => ({ srow: Array.from({ length: 12 }, () => draw.of(ODD_NUMBERS)) }),
    () => ({ quatern: [draw.of(ODD_NUMBERS), draw.of(ODD_NUMBERS), 0], sformCode: 0, qformCode: 1 }),
    () => ({ slope: draw.of(ODD_NUMBERS), inter: draw.of(ODD_NUMBERS) }),
    () => ({ voxOffset: odd() }),
    () => ({ sizeofHdr: draw.of([348, 540, 0, -1, 1543569408, 469893120]) }),
    () => ({ magic: draw.of(['n+1\0', 'ni1\0', 'n+2\0\r\n\x1a\n', '\0\0\0\0', 'n+3\0']) }),
    () => ({ xyztUnits: draw.whole(256) }),
  ])()
}

/** One in ten is left as it is. */
export function mutatedNifti(draw: Draw): Buffer {
  const isWrong = draw.chance(0.9)
  const file = buildNifti({ ...goodFields(draw), ...(isWrong && draw.chance(0.5) && wrongField(draw)) })
  if (isWrong && draw.chance(0.4)) putOddNumber(file, draw, OFFSETS)
  if (isWrong && draw.chance(0.3)) flipBytes(file, draw, HEADER_BYTES)
  return cutAndPacked(file, draw, isWrong)
}

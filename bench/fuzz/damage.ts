/** What may be wrong with a file of any format. */
import { gzipSync } from 'node:zlib'
import type { Draw } from './draw.ts'

/** Ends of the types, what a sign or a byte order makes of a small number, and what is no number. */
export const ODD_NUMBERS = [
  0,
  1,
  -1,
  2,
  3,
  7,
  8,
  127,
  128,
  255,
  256,
  32_767,
  -32_768,
  65_535,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  1e-30,
  1e30,
  3.4e38,
  1e308,
  0.5,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
]

/** At one of these places, in either byte order: which one the file has is among what may be wrong. */
export function putOddNumber(file: Buffer, draw: Draw, offsets: readonly number[]): void {
  const [at, value] = [draw.of(offsets), draw.of(ODD_NUMBERS)]
  if (at + 8 > file.length) return
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const isLittle = draw.chance(0.5)
  draw.of([
    () => view.setInt16(at, value, isLittle),
    () => view.setInt32(at, value, isLittle),
    () => view.setFloat32(at, value, isLittle),
    () => view.setFloat64(at, value, isLittle),
    () => view.setBigInt64(at, Number.isFinite(value) ? BigInt(Math.trunc(value)) : -1n, isLittle),
  ])()
}

/** One to six bytes of the first ones become others. */
export function flipBytes(file: Buffer, draw: Draw, within: number): void {
  const most = Math.min(within, file.length)
  for (let n = 1 + draw.whole(6); n > 0 && most > 0; n--) file[draw.whole(most)] = draw.whole(256)
}

/** Perhaps cut off, and perhaps gzipped, and that damaged or cut off. */
export function cutAndPacked(whole: Buffer, draw: Draw, isWrong: boolean): Buffer {
  const file = isWrong && draw.chance(0.1) ? whole.subarray(0, draw.whole(whole.length)) : whole
  if (!draw.chance(0.3)) return file
  const gz = gzipSync(file, { level: 1 })
  if (isWrong && draw.chance(0.2)) flipBytes(gz, draw, gz.length)
  return isWrong && draw.chance(0.1) ? gz.subarray(0, draw.whole(gz.length)) : gz
}

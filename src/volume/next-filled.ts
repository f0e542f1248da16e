/** From one voxel that holds something to the next: around a brain most of a map is 0, and four zeros are seen at once. */

/** The same bytes by fours; a part of a buffer that does not begin at a multiple of four has none. */
export function fourAtOnce({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, length >> 2) : new Uint32Array(0)
}

/** One byte four times. */
const FOUR_TIMES = 0x01010101

/**
 * The first place from `at` on that is not `empty`, or `end` if there is none before it.
 * @param words fourAtOnce() of the data
 */
export function nextFilled(data: Uint8Array, words: Uint32Array, at: number, end: number, empty = 0): number {
  const four = Math.imul(empty, FOUR_TIMES) >>> 0
  let place = at
  while (place < end && (place & 3) !== 0 && data[place] === empty) place++
  if ((place & 3) === 0) while (place + 4 <= end && words[place >> 2] === four) place += 4
  while (place < end && data[place] === empty) place++
  return place
}

/** One past the last place before `end` that is not `empty`, or `from` if there is none from there on. */
export function endOfFilled(data: Uint8Array, words: Uint32Array, from: number, end: number, empty = 0): number {
  const four = Math.imul(empty, FOUR_TIMES) >>> 0
  let place = end
  while (place > from && (place & 3) !== 0 && data[place - 1] === empty) place--
  if ((place & 3) === 0) while (place - 4 >= from && words[(place >> 2) - 1] === four) place -= 4
  while (place > from && data[place - 1] === empty) place--
  return place
}

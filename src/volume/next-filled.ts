/** From one voxel that is not 0 to the next: around a brain most of a map is 0, and four zeros are seen at once. */

/** The same bytes by fours; a part of a buffer that does not begin at a multiple of four has none. */
export function fourAtOnce({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, length >> 2) : new Uint32Array(0)
}

/**
 * The first place from `at` on that is not 0, or `end` if there is none before it.
 * @param words fourAtOnce() of the data
 */
export function nextFilled(data: Uint8Array, words: Uint32Array, at: number, end: number): number {
  let place = at
  while (place < end && (place & 3) !== 0 && data[place] === 0) place++
  if ((place & 3) === 0) while (place + 4 <= end && words[place >> 2] === 0) place += 4
  while (place < end && data[place] === 0) place++
  return place
}

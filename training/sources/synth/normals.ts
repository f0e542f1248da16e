/** A long table of normal numbers, walked from a random place in every row: noise at the price of a look-up. */
import { seededRandom } from '../../compile/random.ts'

/** A power of two, so that an index wraps with a mask. */
export const NORMALS_LENGTH = 1 << 18

export const NORMALS: Float32Array = (() => {
  const random = seededRandom(20260)
  return Float32Array.from({ length: NORMALS_LENGTH }, () => random.normal())
})()

/** What a fuzzer draws from a seeded stream. */
import { type Random, seededRandom } from '../../training/compile/random.ts'

export interface Draw {
  /** From 0 to n − 1. */
  whole(n: number): number
  chance(share: number): boolean
  of<T>(list: readonly T[]): T
  bytes(length: number): Buffer
}

/** The same for the same numbers. */
export function createDraw(...seed: readonly number[]): Draw {
  const random: Random = seededRandom(...seed)
  return {
    whole: random.int,
    chance: random.chance,
    of: (list) => list[random.int(list.length)]!,
    bytes: (length) => Buffer.from(Array.from({ length }, () => random.int(256))),
  }
}

/** Seeded randomness (sfc32, Doty-Humphrey): the same numbers give the same stream, and it is passed as an argument. */

export interface Random {
  /** Uniform in [lo, hi). */
  readonly uniform: (lo: number, hi: number) => number
  /** Standard normal (Box-Muller). */
  readonly normal: () => number
  /** Integer in [0, n). */
  readonly int: (n: number) => number
  readonly chance: (p: number) => boolean
}

/** A stream of its own for every list of integers, e.g. (seed, worker, source). */
export function seededRandom(...parts: readonly number[]): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = 0xb7e15162
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c |= 0
    return (t >>> 0) / 4294967296
  }
  for (const part of parts) {
    a ^= part | 0
    b ^= Math.floor(part / 4294967296) | 0
    for (let i = 0; i < 12; i++) next()
  }
  for (let i = 0; i < 12; i++) next()
  return {
    uniform: (lo, hi) => lo + (hi - lo) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    int: (n) => Math.floor(next() * n),
    chance: (p) => next() < p,
  }
}

/** Index drawn with the given non-negative weights. */
export function weightedIndex(weights: readonly number[], random: Random): number {
  let left = random.uniform(
    0,
    weights.reduce((sum, weight) => sum + weight, 0),
  )
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!
    if (left < 0) return i
  }
  return weights.length - 1
}

/** Wilcoxon's signed-rank test for paired values (Wilcoxon 1945; ties as in Hollander & Wolfe, §3.1). */

/** Above this many pairs, and wherever ranks are tied, the normal approximation is used. */
const MAX_EXACT_PAIRS = 25
/** Values this close are equal: differences that are equal on paper differ by rounding (0.8 − 0.7 ≠ 0.7 − 0.6). */
const ROUNDING = 1e-9

/**
 * Two-sided p that the differences a − b are symmetric about 0. Pairs without a difference are dropped, tied sizes share
 * their mean rank; `n` is how many pairs were left, and p is 1 where none was. Exact up to 25 pairs without ties.
 * Six pairs that all differ the same way, no two by the same amount: p = 2 / 2^6.
 * Throws for lists of unequal length and for values that are not finite.
 */
export function signedRank(a: readonly number[], b: readonly number[]): { p: number; n: number } {
  if (a.length !== b.length) throw new RangeError(`pairs want equal lengths, not ${a.length} and ${b.length}`)
  const differences = a.map((value, i) => value - b[i]!)
  if (!differences.every(Number.isFinite)) throw new RangeError('pairs want finite values')
  const sorted = differences.filter((d) => Math.abs(d) > ROUNDING).toSorted((x, y) => Math.abs(x) - Math.abs(y))
  const n = sorted.length
  if (n === 0) return { p: 1, n }
  const groups = tieSizes(sorted.map(Math.abs))
  const ranks = groups.flatMap(({ start, size }) => new Array<number>(size).fill(start + (size + 1) / 2))
  const positive = ranks.reduce((sum, rank, i) => sum + (sorted[i]! > 0 ? rank : 0), 0)
  const smaller = Math.min(positive, (n * (n + 1)) / 2 - positive)
  const tied = groups.length < n
  const p = tied || n > MAX_EXACT_PAIRS ? approximateP(smaller, n, groups) : exactP(smaller, n)
  return { p: Math.min(1, p), n }
}

/** Runs of equal values in a sorted list. */
function tieSizes(sorted: readonly number[]): { start: number; size: number }[] {
  const groups: { start: number; size: number }[] = []
  sorted.forEach((value, at) => {
    const last = groups.at(-1)
    if (last && value - sorted[last.start]! <= ROUNDING * Math.max(1, value)) last.size += 1
    else groups.push({ start: at, size: 1 })
  })
  return groups
}

/** Twice the share of the 2^n sign patterns whose positive ranks add up to `smaller` or less. */
function exactP(smaller: number, n: number): number {
  const ways = new Array<number>((n * (n + 1)) / 2 + 1).fill(0)
  ways[0] = 1
  for (let rank = 1; rank <= n; rank++) {
    for (let sum = ways.length - 1; sum >= rank; sum--) ways[sum]! += ways[sum - rank]!
  }
  const tail = ways.slice(0, smaller + 1).reduce((total, count) => total + count, 0)
  return (2 * tail) / 2 ** n
}

/** Normal tail, a half taken off the distance for continuity and Σ(t³ − t)/48 off the variance for ties. */
function approximateP(smaller: number, n: number, groups: readonly { readonly size: number }[]): number {
  const ties = groups.reduce((sum, { size }) => sum + size ** 3 - size, 0)
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48
  const distance = Math.max(0, (n * (n + 1)) / 4 - smaller - 0.5)
  return erfc(distance / Math.sqrt(2 * variance))
}

/** Complementary error function for x ≥ 0, relative error below 1.2e-7 (Press et al., Numerical Recipes, erfcc). */
function erfc(x: number): number {
  const t = 1 / (1 + x / 2)
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ]
  return t * Math.exp(-x * x + coefficients.reduceRight((sum, c) => sum * t + c, 0))
}

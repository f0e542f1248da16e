/** The exponential where a few digits of it do and it is taken many million times. */

/** Steps of the table in one unit, and where it ends: exp(−26) is 5e-12, far from what moves a byte. */
const [STEPS, LAST] = [256, 26]
const TABLE = Float64Array.from({ length: STEPS * LAST + 2 }, (_, step) => Math.exp(-step / STEPS))

/** exp(−x) for x ≥ 0 (1 below it), to 2e-6 of itself: on a straight line between the values of a table, which is faster than exp(). */
export function expOfMinus(x: number): number {
  if (x >= LAST) return 0
  // of the largest itself, but for rounding
  if (x <= 0) return 1
  const place = x * STEPS
  const step = place | 0
  const low = TABLE[step]!
  return low + (place - step) * (TABLE[step + 1]! - low)
}

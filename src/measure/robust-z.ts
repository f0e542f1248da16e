/**
 * How far each of some values lies from the others: the modified z-score 0.6745 · (x − median) / MAD of Iglewicz & Hoaglin ("How to
 * Detect and Handle Outliers", ASQC 1993, equation 3.1.3), which a few outliers cannot pull towards them as they can a mean.
 * Theirs is the limit, too: above 3.5 in size a value may be called an outlier.
 */

export const OUTLIER_Z = 3.5
/** With fewer values nobody can say what is usual. */
const LEAST_VALUES = 5

/** In the order of the values; null for all where there are too few, or where half of them are the same. */
export function robustZ(values: readonly number[]): readonly (number | null)[] {
  const median = medianOf(values)
  const mad = medianOf(values.map((value) => Math.abs(value - median)))
  if (values.length < LEAST_VALUES || mad === 0) return values.map(() => null)
  return values.map((value) => (0.6745 * (value - median)) / mad)
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

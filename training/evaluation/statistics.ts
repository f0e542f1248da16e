/** What is said of several numbers at once. */

/** NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The standard deviation of a sample (n − 1); 0 for one value. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}

/** The standard error of the mean of a sample; NaN for fewer than two values, which say nothing about it. */
export function standardError(values: readonly number[]): number {
  return values.length < 2 ? Number.NaN : standardDeviation(values) / Math.sqrt(values.length)
}

/** '0.640 ± 0.070'; without an error where there is none, '–' without a mean. */
export function meanAndError(mean: number, error: number): string {
  if (!Number.isFinite(mean)) return '–'
  return Number.isFinite(error) ? `${mean.toFixed(3)} ± ${error.toFixed(3)}` : mean.toFixed(3)
}

/** The mean of the middle two for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

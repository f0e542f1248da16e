/** What two scans tell about each other, from the joint histogram of their intensities. */

export const BINS = 16

export interface Entropies {
  /** Nats. */
  readonly first: number
  readonly second: number
  readonly joint: number
}

/** @param histogram BINS × BINS counts, the second scan's bin runs fastest */
export function entropies(histogram: Float64Array): Entropies {
  const first = new Float64Array(BINS)
  const second = new Float64Array(BINS)
  for (let cell = 0; cell < histogram.length; cell++) {
    first[Math.floor(cell / BINS)]! += histogram[cell]!
    second[cell % BINS]! += histogram[cell]!
  }
  return { first: entropy(first), second: entropy(second), joint: entropy(histogram) }
}

/** The entropy of counts: −Σ p ln p. */
function entropy(counts: Float64Array): number {
  let all = 0
  let weighted = 0
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at]!
    if (count === 0) continue
    all += count
    weighted += count * Math.log(count)
  }
  return all === 0 ? 0 : Math.log(all) - weighted / all
}

/** I(A; B) = H(A) + H(B) − H(A, B) in nats (Viola and Wells 1997, Maes et al. 1997). */
export function mutualInformation(histogram: Float64Array): number {
  const { first, second, joint } = entropies(histogram)
  return first + second - joint
}

/**
 * (H(A) + H(B)) / H(A, B): 1 where the scans say nothing about each other, 2 where one says all of the other. Unlike
 * the mutual information it does not grow with the part of them that is compared (Studholme, Hill and Hawkes 1999).
 */
export function normalizedInformation(histogram: Float64Array): number {
  const { first, second, joint } = entropies(histogram)
  return joint === 0 ? 2 : (first + second) / joint
}

/**
 * Whole numbers that follow the sizes of open axes: value = (Σ slope·size + rest) / divisor, exactly.
 * D = 16 → 8 and D = 24 → 12 is (1·D + 0) / 2; a Pad of 3 stays (0 + 3) / 1.
 */
import type { Letter, Sizes } from './axes.ts'

export interface Affine {
  readonly slopes: Readonly<Partial<Record<Letter, number>>>
  readonly rest: number
  readonly divisor: number
}

/** One value seen at the base sizes, with each axis changed alone, and with all of them changed. */
export interface Seen {
  readonly base: number
  readonly alone: Readonly<Partial<Record<Letter, number>>>
  readonly together: number
}

export interface Probe {
  readonly base: Sizes
  /** Other than the base on every axis: first changed one at a time. */
  readonly alone: Sizes
  /** Other than both. */
  readonly together: Sizes
}

/** The affine form that gives all that was seen, or undefined where there is none. */
export function fitAffine(probe: Probe, seen: Seen): Affine | undefined {
  const letters = Object.keys(probe.base) as Letter[]
  const steps = letters.map((letter) => probe.alone[letter]! - probe.base[letter]!)
  const rises = letters.map((letter) => seen.alone[letter]! - seen.base)
  const divisor = steps.reduce((sofar, step, i) => {
    const own = Math.abs(step) / gcd(step, rises[i]!)
    return (sofar * own) / gcd(sofar, own)
  }, 1)
  const slopes = Object.fromEntries(letters.map((letter, i) => [letter, (rises[i]! * divisor) / steps[i]!]))
  const rest = divisor * seen.base - letters.reduce((sum, letter) => sum + slopes[letter]! * probe.base[letter]!, 0)
  const affine = { slopes, rest, divisor }
  return valueAt(affine, probe.together) === seen.together ? affine : undefined
}

/** A fraction where the sizes do not divide. */
export function valueAt({ slopes, rest, divisor }: Affine, sizes: Sizes): number {
  const entries = Object.entries(slopes) as [Letter, number][]
  return entries.reduce((sum, [letter, slope]) => sum + slope * sizes[letter]!, rest) / divisor
}

/** 'N', '2*D', 'D/2', 'D-4', 'N*3+1'-like: for the dimensions of outputs. */
export function textOf({ slopes, rest, divisor }: Affine): string {
  const terms = (Object.entries(slopes) as [Letter, number][])
    .filter(([, slope]) => slope !== 0)
    .map(([letter, slope]) => (slope === 1 ? letter : `${slope}*${letter}`))
  const sum = terms.join('+') + (rest === 0 ? '' : rest > 0 ? `+${rest}` : String(rest))
  if (divisor === 1) return sum
  return terms.length === 1 && rest === 0 ? `${sum}/${divisor}` : `(${sum})/${divisor}`
}

function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b)
}

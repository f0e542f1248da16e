/**
 * How bright fluid, grey and white matter are in a scan: three normal distributions of intensity, mixed in each voxel by how likely
 * the place is each of the three (Ashburner and Friston 2005, without their warping), and a thin floor for what is none of them.
 * The fit starts from every order of the three and the likeliest end is taken.
 */
import { expOfMinus } from '../measure/exp-of-minus.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { FoundTissue } from './tissue-finder.ts'

export interface Levels {
  readonly csf: number
  readonly grey: number
  readonly white: number
}

export interface TissueLevels extends Levels {
  /** Log-likelihood a voxel by which these levels are ahead of the best quite different ones; infinite where there are none. */
  readonly lead: number
  /**
   * How far the brain's brightest twentieth lies from its middle, over how far the darkest does: fluid is the dark end of a T1,
   * and the long bright end of a T2.
   */
  readonly brightTail: number
  /** Volumes of the three by place, mL. */
  readonly ml: { readonly csf: number; readonly grey: number; readonly white: number }
}

/** A voxel with less than this of the three together shows something else. */
const LEAST_SHARE = 0.85
/** Fewer voxels (26 mL) say nothing. */
const LEAST_VOXELS = 400
/** One voxel of the brain in so many is looked at. */
const STRIDE = 2
const ROUNDS = 25
/** Quantiles of the brain's intensities that fluid, grey and white matter start from, one row an order. */
const STARTS = [
  [0.05, 0.4, 0.8],
  [0.05, 0.8, 0.45],
  [0.92, 0.5, 0.2],
  [0.6, 0.85, 0.2],
  [0.92, 0.2, 0.5],
  [0.4, 0.8, 0.1],
] as const
/** The width as a multiple of the quartiles' distance: no distribution is narrower. */
const LEAST_WIDTH = 0.08
/** Levels this far apart, times the quartiles' distance, are quite different ones. */
const OTHERWISE = 0.4
/** Density of what is none of the three, times the quartiles' distance. */
const FLOOR = 0.002

interface Fit {
  readonly means: Float64Array
  readonly logLikelihood: number
}

/** @param q from 0 up to, not including, 1 */
export function quantileOf(sorted: Float64Array, q: number): number {
  return sorted[Math.floor(q * sorted.length)]!
}

/** Null where there is too little brain to say, or it is all of one intensity. The levels are fitted when they are first read. */
export function tissueLevels({ csf, grey, white, values, affine }: FoundTissue): TissueLevels | null {
  const shares = [csf, grey, white]
  const voxelMl = voxelVolumeMl(affine)
  const looked: number[] = []
  for (let at = 0, brain = 0; at < values.length; at++)
    if (csf[at]! + grey[at]! + white[at]! >= LEAST_SHARE && brain++ % STRIDE === 0) looked.push(at)
  if (looked.length < LEAST_VOXELS) return null
  const lookedAt = (of: Float32Array): Float64Array => {
    const found = new Float64Array(looked.length)
    for (let n = 0; n < found.length; n++) found[n] = of[looked[n]!]!
    return found
  }
  const x = lookedAt(values)
  const likely = shares.map(lookedAt)
  const sorted = x.toSorted()
  const quantileAt = (q: number): number => quantileOf(sorted, q)
  const spread = quantileAt(0.75) - quantileAt(0.25)
  if (!(spread > 0)) return null
  const fitted = once(() => bestFit(x, likely, quantileAt, spread))
  return {
    get csf() {
      return fitted().csf
    },
    get grey() {
      return fitted().grey
    },
    get white() {
      return fitted().white
    },
    get lead() {
      return fitted().lead
    },
    brightTail: (quantileAt(0.95) - quantileAt(0.5)) / (quantileAt(0.5) - quantileAt(0.05)),
    ml: { csf: sumOf(csf) * voxelMl, grey: sumOf(grey) * voxelMl, white: sumOf(white) * voxelMl },
  }
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}

/** From all starts, each the quantiles that `quantileAt` gives. */
function bestFit(
  x: Float64Array,
  likely: readonly Float64Array[],
  quantileAt: (q: number) => number,
  spread: number,
): Levels & Pick<TissueLevels, 'lead'> {
  const fits = STARTS.map((start) => fit(x, likely, start.map(quantileAt), spread))
  const best = fits.reduce((a, b) => (b.logLikelihood > a.logLikelihood ? b : a))
  const [c, g, w] = [...best.means] as [number, number, number]
  const others = fits.filter(
    ({ means }) => Math.hypot(...Array.from(means, (mean, part) => mean - best.means[part]!)) > OTHERWISE * spread,
  )
  const second = Math.max(...others.map(({ logLikelihood }) => logLikelihood))
  return {
    csf: c,
    grey: g,
    white: w,
    lead: (best.logLikelihood - second) / x.length,
  }
}

function sumOf(share: Float32Array): number {
  let sum = 0
  for (let at = 0; at < share.length; at++) sum += share[at]!
  return sum
}

/** Expectation and maximisation from these means on. */
function fit(x: Float64Array, likely: readonly Float64Array[], start: readonly number[], spread: number): Fit {
  const means = Float64Array.from(start)
  const widths = Float64Array.from(start, () => spread / 2)
  const narrow = new Float64Array(start.length)
  const densities = new Float64Array(start.length)
  const sums = new Float64Array(3 * start.length) // [class, 1 x x²]
  let logLikelihood = 0
  for (let round = 0; round < ROUNDS; round++) {
    const isLast = round === ROUNDS - 1
    sums.fill(0)
    for (let c = 0; c < narrow.length; c++) narrow[c] = 1 / widths[c]!
    for (let n = 0; n < x.length; n++) {
      const value = x[n]!
      let total = FLOOR / spread
      for (let c = 0; c < means.length; c++) {
        const z = (value - means[c]!) * narrow[c]!
        const density = likely[c]![n]! * narrow[c]! * expOfMinus(0.5 * z * z)
        densities[c] = density
        total += density
      }
      if (isLast) logLikelihood += Math.log(total)
      const part = 1 / total
      for (let c = 0; c < means.length; c++) {
        const share = densities[c]! * part
        sums[3 * c]! += share
        sums[3 * c + 1]! += share * value
        sums[3 * c + 2]! += share * value * value
      }
    }
    for (let c = 0; c < means.length; c++) {
      const one = sums[3 * c]!
      if (!(one > 0)) continue
      means[c] = sums[3 * c + 1]! / one
      const variance = sums[3 * c + 2]! / one - means[c]! ** 2
      widths[c] = Math.hypot(Math.sqrt(Math.max(0, variance)), LEAST_WIDTH * spread)
    }
  }
  return { means, logLikelihood }
}

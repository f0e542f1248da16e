/**
 * How bright fluid, grey and white matter are in two scans of one head, at the same places: as tissue-levels.ts, with one normal
 * distribution of two intensities for each tissue. What is grey and what is white is then decided once, by both scans and where
 * each of them has the tissues, so that the order of the two holds where the fit of one scan alone goes wrong.
 */
import { resampleTo } from '../volume/resample.ts'
import { brainOf, laidOn } from './laid-on.ts'
import type { FoundTissue } from './tissue-finder.ts'
import { type Levels, quantileOf } from './tissue-levels.ts'

export interface PairLevels {
  readonly first: Levels
  readonly second: Levels
}

const TISSUES = ['csf', 'grey', 'white'] as const
/** A voxel with less than this of the three together, in either scan, shows something else. */
const LEAST_SHARE = 0.8
/** Added to each share: no scan alone says that a tissue cannot be there. */
const DOUBT = 0.02
/** Fewer voxels (26 mL) say nothing. */
const LEAST_VOXELS = 400
/** One voxel of the brain in so many is looked at. */
const STRIDE = 4
const ROUNDS = 30
/** Quantiles of fluid, grey and white matter that the fit starts from. */
const [T1, FLAIR] = [
  [0.05, 0.4, 0.8],
  [0.05, 0.8, 0.45],
] as const
const STARTS = [
  [T1, FLAIR],
  [FLAIR, T1],
  [T1, T1],
  [FLAIR, FLAIR],
] as const
/** The width as a multiple of the quartiles' distance, now 1: no distribution is narrower. */
const LEAST_WIDTH = 0.08
/** The correlation of the two intensities of one tissue: none is closer. */
const MOST_CORRELATION = 0.95
/** Density of what is none of the three. */
const FLOOR = 0.004

/** Two intensities of each voxel, in quartile distances, and how likely its place is each tissue. */
interface Places {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly likely: readonly Float64Array[]
}

interface Tissue {
  readonly x: number
  readonly y: number
  readonly xx: number
  readonly yy: number
  readonly xy: number
}

/** Null where the two share too little brain to say, or one of them is of one intensity there. */
export function pairLevels(first: FoundTissue, second: FoundTissue): PairLevels | null {
  const places = placesOf(first, second)
  if (places === null) return null
  const fits = STARTS.map(([ofX, ofY]) => fit(places, startAt(places, ofX, ofY)))
  const { tissues } = fits.reduce((a, b) => (b.logLikelihood > a.logLikelihood ? b : a))
  const [csf, grey, white] = tissues as [Tissue, Tissue, Tissue]
  return {
    first: { csf: csf.x, grey: grey.x, white: white.x },
    second: { csf: csf.y, grey: grey.y, white: white.y },
  }
}

function placesOf(first: FoundTissue, sent: FoundTissue): Places | null {
  const second = laidOn(first, sent)
  if (second === null) return null
  const laid = (data: Float32Array, fill?: number) => resampleTo({ ...second, data }, first, fill)
  const shares = TISSUES.map((tissue) => [first[tissue], laid(second[tissue], 0)] as const)
  const brains = [brainOf(first), laid(brainOf(second), 0)]
  const isBrain = (at: number) => brains.every((brain) => brain[at]! >= LEAST_SHARE)
  const looked = [...first.values.keys()].filter(isBrain).filter((_, n) => n % STRIDE === 0)
  if (looked.length < LEAST_VOXELS) return null
  const [x, y] = [first.values, laid(second.values)].map((values) => inQuartiles(looked.map((at) => values[at]!)))
  if (!x || !y) return null
  const likely = shares.map(([a, b]) =>
    Float64Array.from(looked, (at) => Math.sqrt((a[at]! + DOUBT) * (b[at]! + DOUBT))),
  )
  return { x, y, likely }
}

/** Divided by the distance of the quartiles; null where there is none. */
function inQuartiles(values: readonly number[]): Float64Array | null {
  const sorted = Float64Array.from(values).sort()
  const spread = quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25)
  return spread > 0 ? Float64Array.from(values, (value) => value / spread) : null
}

function startAt({ x, y }: Places, ofX: readonly number[], ofY: readonly number[]): Tissue[] {
  const [sortedX, sortedY] = [x.toSorted(), y.toSorted()]
  return ofX.map((q, c) => ({
    ...{ x: quantileOf(sortedX, q), y: quantileOf(sortedY, ofY[c]!) },
    ...{ xx: 0.25, yy: 0.25, xy: 0 },
  }))
}

/** Expectation and maximisation from these tissues on. */
function fit({ x, y, likely }: Places, start: Tissue[]): { tissues: Tissue[]; logLikelihood: number } {
  let tissues = start
  let logLikelihood = 0
  const densities = start.map(() => 0)
  for (let round = 0; round < ROUNDS; round++) {
    const sums = start.map(() => ({ one: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 }))
    const shapes = tissues.map(({ xx, yy, xy }) => ({ scale: 1 / (xx * yy - xy ** 2), xx, yy, xy }))
    logLikelihood = 0
    for (let n = 0; n < x.length; n++) {
      const all = likely[0]![n]! + likely[1]![n]! + likely[2]![n]!
      let total = FLOOR
      for (let c = 0; c < tissues.length; c++) {
        const { scale, xx, yy, xy } = shapes[c]!
        const [dx, dy] = [x[n]! - tissues[c]!.x, y[n]! - tissues[c]!.y]
        const squared = scale * (dx * dx * yy + dy * dy * xx - 2 * dx * dy * xy)
        densities[c] = ((likely[c]![n]! / all) * Math.sqrt(scale) * Math.exp(-0.5 * squared)) / (2 * Math.PI)
        total += densities[c]!
      }
      logLikelihood += Math.log(total)
      for (let c = 0; c < tissues.length; c++) {
        const [share, sum] = [densities[c]! / total, sums[c]!]
        sum.one += share
        sum.x += share * x[n]!
        sum.y += share * y[n]!
        sum.xx += share * x[n]! ** 2
        sum.yy += share * y[n]! ** 2
        sum.xy += share * x[n]! * y[n]!
      }
    }
    tissues = sums.map(({ one, ...sum }, c): Tissue => {
      if (one < 1) return tissues[c]!
      const [mx, my] = [sum.x / one, sum.y / one]
      const width = (squares: number, mean: number) => Math.max(0, squares / one - mean ** 2) + LEAST_WIDTH ** 2
      const xy = MOST_CORRELATION * (sum.xy / one - mx * my)
      return { x: mx, y: my, xx: width(sum.xx, mx), yy: width(sum.yy, my), xy }
    })
  }
  return { tissues, logLikelihood }
}

/** From values that were seen at a convolution to the steps in which its whole numbers count. */
import type { ConvRange } from '../rewrites/int8-convs.ts'

/** Samples of one convolution: values of each channel, of all patches. */
export interface Seen {
  readonly input: readonly Float32Array[]
  readonly output: readonly Float32Array[]
  /** The α of the leaky ReLU that alone reads the output, if there is one: what is below 0 then needs few steps. */
  readonly slope?: number | undefined
}

/** Half of a byte. */
const MIDDLE = 128

/** Bytes of 0 that are tried where an activation follows. */
const LOW_ZEROS = [8, 16, 32, 64, MIDDLE]

/** Shares of the largest value at which larger ones may be cut; that with the least squared error is taken. */
const CUTS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]

export function rangeOf({ input, output, slope }: Seen): ConvRange {
  const outputSpread = Float32Array.from(output, (values) => Math.max(deviation(values), Number.MIN_VALUE))
  const spreads = output.map((values, o) => values.map((value) => value / outputSpread[o]!))
  const { step: outputStep, zero: outputZero } = outputSteps(spreads, slope)
  const low = input.map((values) => Math.min(0, lowest(values)))
  const high = input.map((values) => Math.max(highest(values), Number.MIN_VALUE))
  // from the widest share of what is below 0 in a channel; or in the middle, where some channels lie below 0 and others above
  const below = Math.ceil(255 * Math.max(...input.map((_, c) => -low[c]! / (high[c]! - low[c]!))))
  const [one, other] = [below, MIDDLE].map((zero) => inputSteps(input, low, high, zero)) as [Steps, Steps]
  const { inputStep, inputZero } = one.error <= other.error ? one : other
  return { inputStep, inputZero, outputSpread, outputStep, outputZero }
}

/** With an activation, of its largest output and its error; without, of the largest value on either side of 0. */
function outputSteps(spreads: readonly Float32Array[], slope: number | undefined): { step: number; zero: number } {
  const top = Math.max(...spreads.map(highest))
  const widest = Math.max(top, ...spreads.map((values) => -lowest(values)))
  const tried = (slope === undefined ? [MIDDLE] : LOW_ZEROS).map((zero) => {
    const largest = slope === undefined ? widest / 127 : top / (255 - zero)
    const step = best((cut) => cut * largest, spreads, zero, slope)
    return { step, zero, error: errorOfSteps(spreads, step, zero, slope) }
  })
  return tried.reduce((least, one) => (one.error < least.error ? one : least))
}

interface Steps extends Pick<ConvRange, 'inputStep' | 'inputZero'> {
  /** Squared, in standard deviations of each channel. */
  readonly error: number
}

function inputSteps(
  input: readonly Float32Array[],
  low: readonly number[],
  high: readonly number[],
  zero: number,
): Steps {
  const largest = input.map((_, c) => Math.max(high[c]! / Math.max(255 - zero, 1), zero === 0 ? 0 : -low[c]! / zero))
  // of each channel in its own steps, so that all are cut alike
  const steps = input.map((values, c) => values.map((value) => value / largest[c]!))
  const cut = best((share) => share, steps, zero)
  const error = steps.reduce((sum, values) => sum + squaredError(values, cut, zero) / deviation(values) ** 2, 0)
  return { inputStep: Float32Array.from(largest, (step) => step * cut), inputZero: zero, error }
}

/** The step with the least squared error among the steps for all cuts. */
function best(
  stepOf: (cut: number) => number,
  channels: readonly Float32Array[],
  zero: number,
  slope?: number,
): number {
  const errors = CUTS.map((cut) => errorOfSteps(channels, stepOf(cut), zero, slope))
  return stepOf(CUTS[errors.indexOf(Math.min(...errors))]!)
}

const errorOfSteps = (channels: readonly Float32Array[], step: number, zero: number, slope?: number): number =>
  channels.reduce((sum, values) => sum + squaredError(values, step, zero, slope), 0)

/** @param slope what an error below 0 counts for, and 1 left out */
function squaredError(values: Float32Array, step: number, zero: number, slope = 1): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) {
    const byte = Math.min(255, Math.max(0, Math.round(values[at]! / step) + zero))
    const off = (byte - zero) * step - values[at]!
    sum += values[at]! < 0 ? (slope * off) ** 2 : off ** 2
  }
  return sum
}

function deviation(values: Float32Array): number {
  let [sum, squares] = [0, 0]
  for (let at = 0; at < values.length; at++) {
    sum += values[at]!
    squares += values[at]! ** 2
  }
  return Math.sqrt(Math.max(0, squares / values.length - (sum / values.length) ** 2))
}

function highest(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at]!)
  return most
}

function lowest(values: Float32Array): number {
  return -highest(values.map((value) => -value))
}

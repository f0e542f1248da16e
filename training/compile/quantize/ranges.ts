/** From values that were seen at a convolution to the steps in which its whole numbers count. */
import type { ConvRange } from '../rewrites/int8-convs.ts'

/** Samples of one convolution: values of each channel, of all patches. */
export interface Seen {
  readonly input: readonly Float32Array[]
  readonly output: readonly Float32Array[]
}

/** Half of a byte. */
const MIDDLE = 128

/** Shares of the largest value at which larger ones may be cut; that with the least squared error is taken. */
const CUTS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]

export function rangeOf({ input, output }: Seen): ConvRange {
  const outputSpread = Float32Array.from(output, (values) => Math.max(deviation(values), Number.MIN_VALUE))
  const spreads = output.map((values, o) => values.map((value) => value / outputSpread[o]!))
  const widest = Math.max(...spreads.map((values) => Math.max(highest(values), -lowest(values))))
  const outputStep = best((cut) => (cut * widest) / 127, spreads, MIDDLE)
  const low = input.map((values) => Math.min(0, lowest(values)))
  const high = input.map((values) => Math.max(highest(values), Number.MIN_VALUE))
  // from the widest share of what is below 0 in a channel; or in the middle, where some channels lie below 0 and others above
  const below = Math.ceil(255 * Math.max(...input.map((_, c) => -low[c]! / (high[c]! - low[c]!))))
  const [one, other] = [below, MIDDLE].map((zero) => inputSteps(input, low, high, zero)) as [Steps, Steps]
  const { inputStep, inputZero } = one.error <= other.error ? one : other
  return { inputStep, inputZero, outputSpread, outputStep }
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
function best(stepOf: (cut: number) => number, channels: readonly Float32Array[], zero: number): number {
  const errors = CUTS.map((cut) => channels.reduce((sum, values) => sum + squaredError(values, stepOf(cut), zero), 0))
  return stepOf(CUTS[errors.indexOf(Math.min(...errors))]!)
}

function squaredError(values: Float32Array, step: number, zero: number): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) {
    const byte = Math.min(255, Math.max(0, Math.round(values[at]! / step) + zero))
    sum += ((byte - zero) * step - values[at]!) ** 2
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

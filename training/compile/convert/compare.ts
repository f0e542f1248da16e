/** A program in tfjs beside its graph in an ONNX runtime, on the same random inputs. Which runtime that is does not matter here. */
import * as tf from '@tensorflow/tfjs-core'
import type { Random } from '../random.ts'
import type { Program, ProgramInput } from './program.ts'
import type { Shapes } from './trace-program.ts'

/** Above this the conversion has failed: float32 sums in another order differ by far less. */
export const MAX_DIFFERENCE = 1e-4

/** The same for weights that were rounded to float16; what is usual, and why this, is in docs/decisions/0045-weights-in-float16.md. */
export const MAX_FP16_DIFFERENCE = 2e-2

/** Whole numbers drawn for an input whose range the model does not show. */
export const UNKNOWN_IDS = 8

export interface Difference {
  /** Largest |tfjs − onnxruntime| over all outputs, relative to max(1, largest |output|). */
  readonly largestDifference: number
  /** Share of places with the same largest last axis ("voxels with the same label"); 1 where it has one entry. */
  readonly equalLabels: number
}

/** An input or output: what onnxruntime's tensors are, too. */
export interface Value {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: ArrayLike<number | bigint>
}

export interface Feed extends Value {
  readonly type: 'float32' | 'int32' | 'bool'
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** A loaded graph. */
export interface CheckRuntime {
  readonly inputNames: readonly string[]
  /** Feeds by name. Returns the outputs by name. */
  run(feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Value>>>
  close(): Promise<void>
}

/** Loads an ONNX file. */
export type OpenCheckRuntime = (bytes: Uint8Array) => Promise<CheckRuntime>

/**
 * Runs `program` in tfjs and `runtime` on the same random inputs: standard-normal, true or false, or whole numbers
 * below the input's idCount (UNKNOWN_IDS where it shows none).
 */
export async function compareOn(
  program: Program,
  runtime: CheckRuntime,
  shapes: Shapes,
  random: Random,
): Promise<Difference> {
  const feeds = program.inputs.map((input) => ({
    ...input,
    data: draw(input, elementCount(shapes[input.name]!), random),
  }))
  const taken = new Set(runtime.inputNames)
  const tensors = feeds
    .filter(({ name }) => taken.has(name))
    .map(({ name, type, data }) => [name, { type, data, dims: shapes[name]! }] as const)
  const traced = await runtime.run(Object.fromEntries(tensors))
  const direct = tf.tidy(() => {
    const inputs = feeds.map(({ name, type, data }) => [name, tf.tensor(data, [...shapes[name]!], type)] as const)
    const outputs = Object.entries(program.run(Object.fromEntries(inputs)))
    return outputs.map(([name, tensor]) => ({ name, shape: tensor.shape, data: tensor.dataSync() }))
  })
  const each = direct.map(({ name, shape, data }) => {
    const other = traced[name]!
    if (other.dims.toString() !== shape.toString()) {
      throw new Error(`the output '${name}' is [${shape}] in tfjs and [${other.dims}] in onnxruntime`)
    }
    return difference(data, Array.from(other.data, Number), shape.at(-1) ?? 1)
  })
  return {
    largestDifference: each.reduce((largest, { largestDifference }) => Math.max(largest, largestDifference), 0),
    equalLabels: Math.min(...each.map(({ equalLabels }) => equalLabels)),
  }
}

function draw({ type, idCount }: ProgramInput, length: number, random: Random): Float32Array | Int32Array | Uint8Array {
  if (type === 'float32' && idCount === undefined) return Float32Array.from({ length }, () => random.normal())
  if (type === 'bool') return Uint8Array.from({ length }, () => random.int(2))
  const id = () => random.int(idCount ?? UNKNOWN_IDS)
  return type === 'int32' ? Int32Array.from({ length }, id) : Float32Array.from({ length }, id)
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1)
}

function difference(direct: ArrayLike<number>, traced: ArrayLike<number>, labels: number): Difference {
  let largestGap = 0
  let scale = 1
  for (let i = 0; i < direct.length; i++) {
    const [a, b] = [direct[i]!, traced[i]!]
    // Infinities and NaN are equal to themselves.
    if (Object.is(a, b)) continue
    largestGap = Math.max(largestGap, Math.abs(a - b))
    if (Number.isFinite(a)) scale = Math.max(scale, Math.abs(a))
  }
  let equal = 0
  for (let at = 0; at < direct.length; at += labels) {
    if (largest(direct, at, labels) === largest(traced, at, labels)) equal += 1
  }
  return {
    largestDifference: largestGap / scale,
    equalLabels: direct.length === 0 ? 1 : equal / (direct.length / labels),
  }
}

function largest(values: ArrayLike<number>, at: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (values[at + k]! > values[at + best]!) best = k
  return best
}

/**
 * Where the weights of a tfjs model lie in the ONNX network that was made of it, so that they need not be kept twice. Most rewrites
 * only move numbers; weights that one multiplied or added (rewrites/merge-pointwise.ts) are kept beside it as they were.
 *
 * No rewrite is known here: the network is traced again with a number of its own in place of every weight, and it is looked where
 * each number came out.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { servedGraph } from './export.ts'
import type { OnnxGraph, OnnxTensor } from './trace/onnx.ts'

/** Values of a weight, the last axis fastest: at `start`, and at every sum of a count below `count` times its `step`. */
export interface Moved {
  /** A constant of the network. */
  readonly tensor: string
  readonly start: number
  /** The fastest first: 24 in a row, 16 times, 432 apart → [[24, 1], [16, 432]]. */
  readonly steps: readonly (readonly [count: number, step: number])[]
}
/** Its float32 values, little-endian, in base64. */
export interface Kept {
  readonly values: string
}
/** By name of the weight. */
export type Places = Readonly<Record<string, Moved | Kept>>

export type NetworkOf = (model: LayersModel) => Promise<OnnxGraph>

/** Whole numbers up to here are float32 values. */
const MOST_WEIGHTS = 2 ** 24

/**
 * @param initializers those of the network that was made of the model
 * @param networkOf makes such a network of the model, whatever its weights are
 * @throws where the model has more weights than float32 can number
 */
export async function placesOf(
  model: LayersModel,
  initializers: readonly OnnxTensor[],
  networkOf: NetworkOf = servedGraph,
): Promise<Places> {
  const weights = model.weights.map((weight) => ({ name: weight.originalName, values: floatsOf(weight.read()) }))
  const total = weights.reduce((sum, { values }) => sum + values.length, 0)
  if (total > MOST_WEIGHTS) throw new Error(`the model has ${total} weights; at most ${MOST_WEIGHTS} can be told apart`)
  // What two weights gave together is taken for none: numbers that rise in the one fall in the other.
  const rising = await traced(model, networkOf, (n) => n)
  const others = await traced(model, networkOf, (n) => total + 1 - n)
  const falling = new Map(others.map((tensor) => [tensor.name, floats(tensor)]))
  const found = rising.flatMap((tensor) => {
    const [up, down] = [floats(tensor), falling.get(tensor.name)]
    return down?.length === up.length ? [{ tensor: tensor.name, at: whereIs(up, down, total) }] : []
  })
  const constants = new Map(initializers.map((tensor) => [tensor.name, tensor]))
  const places: Record<string, Moved | Kept> = {}
  let first = 0
  for (const { name, values } of weights) {
    const moved = found
      .map(({ tensor, at }) => movedTo(tensor, at.subarray(first, first + values.length)))
      .find((place) => place !== undefined && isSame(taken(place, constants), values))
    places[name] = moved ?? { values: bytesOf(values).toString('base64') }
    first += values.length
  }
  return places
}

/** Every weight by its name, bit for bit. @throws where the network lacks what `places` names */
export function weightsIn(places: Places, initializers: readonly OnnxTensor[]): ReadonlyMap<string, Float32Array> {
  const constants = new Map(initializers.map((tensor) => [tensor.name, tensor]))
  return new Map(
    Object.entries(places).map(([name, place]) => {
      if ('values' in place) return [name, floats({ bytes: Buffer.from(place.values, 'base64') })]
      const values = taken(place, constants)
      if (values === undefined) throw new Error(`the network does not hold the weight '${name}' in '${place.tensor}'`)
      return [name, values]
    }),
  )
}

/** The constants of the network with the numbers 1, 2, 3 … in place of its weights, each passed through `mark`. */
async function traced(
  model: LayersModel,
  networkOf: NetworkOf,
  mark: (n: number) => number,
): Promise<readonly OnnxTensor[]> {
  const own = model.weights.map((weight) => weight.read().clone())
  try {
    let n = 1
    for (const weight of model.weights) {
      const marks = Float32Array.from({ length: weight.read().size }, () => mark(n++))
      weight.write(tf.tensor(marks, weight.shape as number[]))
    }
    const { initializers } = await networkOf(model)
    return initializers.filter(({ type }) => type === 'float32')
  } finally {
    for (const [at, weight] of model.weights.entries()) weight.write(own[at]!)
  }
}

/** Of each of the `total` weights where it first lies; −1 where it does not. */
function whereIs(up: Float32Array, down: Float32Array, total: number): Int32Array {
  const at = new Int32Array(total).fill(-1)
  for (const [place, n] of up.entries())
    if (Number.isInteger(n) && n >= 1 && n <= total && down[place] === total + 1 - n && at[n - 1] === -1)
      at[n - 1] = place
  return at
}

/** The same places as steps; undefined where one is missing or they are not regular. Exported for its test. */
export function movedTo(tensor: string, at: Int32Array): Moved | undefined {
  if (at.includes(-1)) return undefined
  const steps: [number, number][] = []
  for (let every = 1; every < at.length; every *= steps.at(-1)![0]) {
    const step = at[every]! - at[0]!
    let count = 1
    while (every * count < at.length && at[every * count] === at[0]! + step * count) count++
    while (at.length % (every * count) !== 0) count--
    if (count === 1) return undefined
    steps.push([count, step])
  }
  const moved = { tensor, start: at[0]!, steps }
  return placesIn(moved).every((place, index) => place === at[index]) ? moved : undefined
}

function placesIn({ start, steps }: Moved): Int32Array {
  let places = Int32Array.of(start)
  for (const [count, step] of steps) {
    const more = new Int32Array(places.length * count)
    for (let n = 0; n < count; n++)
      more.set(
        places.map((place) => place + n * step),
        n * places.length,
      )
    places = more
  }
  return places
}

function taken(moved: Moved, constants: ReadonlyMap<string, OnnxTensor>): Float32Array | undefined {
  const tensor = constants.get(moved.tensor)
  if (tensor?.type !== 'float32') return undefined
  const [source, places] = [floats(tensor), placesIn(moved)]
  if (places.some((place) => place < 0 || place >= source.length)) return undefined
  return Float32Array.from(places, (place) => source[place]!)
}

const floatsOf = (tensor: tf.Tensor): Float32Array => tensor.dataSync() as Float32Array
const floats = ({ bytes }: Pick<OnnxTensor, 'bytes'>): Float32Array => new Float32Array(new Uint8Array(bytes).buffer)
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

const isSame = (a: Float32Array | undefined, b: Float32Array): boolean =>
  a !== undefined && bytesOf(a).equals(bytesOf(b))

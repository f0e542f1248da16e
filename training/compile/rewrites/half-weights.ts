/**
 * Weights lie in the file as float16 and are cast to float32 where they are read, which onnxruntime does once, while it
 * loads the graph: half of the file, and all is computed in float32 (docs/decisions/0045-weights-in-float16.md). Standard ONNX.
 */
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../trace/onnx.ts'
import { ELEMENT } from '../trace/onnx.ts'
import { elementCount } from '../trace/value.ts'

/** Tensors of fewer values stay as they are: biases, norms and scalars weigh little and say much. */
const LEAST_VALUES = 512

/** The largest number of float16, and the smallest that has all of its digits. */
const [LARGEST, SMALLEST] = [65504, 2 ** -14]

export interface HalfWeights {
  readonly graph: OnnxGraph
  /** Names of tensors that stay float32, because their largest value is no number that float16 holds with all of its digits. */
  readonly kept: readonly string[]
}

export function halfWeights(graph: OnnxGraph): HalfWeights {
  const large = graph.initializers.filter(
    ({ type, shape }) => type === 'float32' && elementCount(shape) >= LEAST_VALUES,
  )
  const values = new Map(large.map((tensor) => [tensor.name, float32Of(tensor)]))
  const kept = large.filter(({ name }) => !isHeld(values.get(name)!)).map(({ name }) => name)
  const halved = large.filter(({ name }) => !kept.includes(name)).map(({ name }) => name)
  const stored = (name: string) => `${name}:half`
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    if (!halved.includes(tensor.name)) return tensor
    const bytes = new Uint8Array(toHalves(values.get(tensor.name)!).buffer)
    return { name: stored(tensor.name), type: 'float16', shape: tensor.shape, bytes }
  })
  const casts = halved.map((name): OnnxNode => {
    return { op: 'Cast', inputs: [stored(name)], outputs: [name], attributes: { to: ELEMENT.float32 }, domain: '' }
  })
  return { graph: { ...graph, nodes: [...casts, ...graph.nodes], initializers }, kept }
}

function float32Of({ bytes }: OnnxTensor): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

function isHeld(values: Float32Array): boolean {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largest <= LARGEST && largest >= SMALLEST
}

/** The nearest float16 of each, of two that are as near the even one (IEEE 754), as its 16 bits. @param values at most LARGEST */
export function toHalves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return Uint16Array.from(values, (value, at) => {
    const sign = (bits[at]! >>> 16) & 0x8000
    const magnitude = bits[at]! & 0x7fffffff
    if (Math.abs(value) < SMALLEST) return sign | toEven(Math.abs(value) * 2 ** 24)
    // 13 binary digits go, and the exponent counts from 15 instead of 127; rounding up may carry into it.
    return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - (112 << 23)) >>> 13)
  })
}

/** In doubles of this size the last binary digit is that of the ones. */
function toEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52
}

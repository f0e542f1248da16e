/**
 * Reshapes and transposes of constants are done at once: a filter lies in the file as the convolution reads it, and the
 * other rewrites see it. Standard ONNX.
 */
import type { OnnxGraph, OnnxTensor } from '../trace/onnx.ts'
import { elementCount } from '../trace/value.ts'

export function foldConstants(graph: OnnxGraph): OnnxGraph {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  const outside = new Set(graph.outputs.map(({ name }) => name))
  const made = new Set<string>()
  const nodes = graph.nodes.filter(({ op, inputs, outputs, attributes }) => {
    const [source, name] = [constants.get(inputs[0]!), outputs[0]!]
    if (source === undefined || outside.has(name)) return true
    const folded =
      op === 'Reshape'
        ? reshaped(source, constants.get(inputs[1]!))
        : op === 'Transpose'
          ? transposed(source, attributes['perm'] as readonly number[])
          : undefined
    if (folded === undefined) return true
    constants.set(name, { ...folded, name })
    made.add(name)
    return false
  })
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  const initializers = [...constants.values()].filter(({ name }) => read.has(name) || outside.has(name))
  return made.size === 0 ? graph : { ...graph, nodes, initializers }
}

function reshaped(source: OnnxTensor, target: OnnxTensor | undefined): OnnxTensor | undefined {
  if (target?.type !== 'int64') return undefined
  const wanted = Array.from(new BigInt64Array(target.bytes.slice().buffer), Number)
  const shape = wanted.map((size, axis) => (size === 0 ? source.shape[axis]! : size))
  const [all, stated] = [elementCount(source.shape), elementCount(shape.filter((size) => size >= 0))]
  return { ...source, shape: shape.map((size) => (size < 0 ? all / stated : size)) }
}

function transposed(source: OnnxTensor, perm: readonly number[]): OnnxTensor {
  const width = source.bytes.length / elementCount(source.shape)
  const strides = source.shape.map((_, axis) => elementCount(source.shape.slice(axis + 1)))
  const shape = perm.map((axis) => source.shape[axis]!)
  const bytes = new Uint8Array(source.bytes.length)
  const at = Array<number>(shape.length).fill(0)
  for (let to = 0; to < bytes.length; to += width) {
    const from = width * perm.reduce((sum, axis, place) => sum + at[place]! * strides[axis]!, 0)
    bytes.set(source.bytes.subarray(from, from + width), to)
    for (let place = shape.length - 1; place >= 0 && ++at[place]! === shape[place]; place--) at[place] = 0
  }
  return { ...source, shape, bytes }
}

/**
 * What the rewrites of this folder share: looking about in a finished graph, and putting other nodes in a node's place.
 * Each rewrite is one file and is proved by numbers: the graph before and after on the same input.
 */
import type { Attribute, ElementType, OnnxGraph, OnnxNode, OnnxTensor } from '../trace/onnx.ts'

export interface Surroundings {
  /** The node that makes a value, if it is of this op. */
  maker(value: string, op: string): OnnxNode | undefined
  /** How many nodes and graph outputs read a value. */
  readers(value: string): number
  /** Numbers of a small constant, in order. */
  constant(value: string): number[] | undefined
  /** Numbers of a float32 constant of any size, not to be written to, and its shape. */
  weights(value: string): Weights | undefined
  /** Where it is known. */
  shape(value: string): readonly number[] | undefined
}

export interface Weights {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export interface Patch {
  /** Adds a node with one output and returns the output's name. */
  node(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>, domain?: string): string
  /** A 1-D int64 constant. */
  ints(values: readonly number[]): string
  weights(tensor: Weights): string
  /** A constant of any type. */
  tensor(type: ElementType, shape: readonly number[], values: ArrayBufferView): string
}

/** Returns the value that takes the place of the node's first output, or undefined to leave the node alone. */
export type Rewrite = (node: OnnxNode, around: Surroundings, patch: Patch) => string | undefined

const LARGEST_CONSTANT_BYTES = 128

function surroundings(graph: OnnxGraph): Surroundings {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const counts = new Map<string, number>()
  const read = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name)]
  for (const name of read) counts.set(name, (counts.get(name) ?? 0) + 1)
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  return {
    maker(value, op) {
      const node = makers.get(value)
      return node?.op === op ? node : undefined
    },
    readers: (value) => counts.get(value) ?? 0,
    constant: (value) => numbersOf(constants.get(value)),
    weights: (value) => weightsOf(constants.get(value)),
    shape: (value) => graph.shapes?.get(value),
  }
}

function numbersOf(tensor: OnnxTensor | undefined): number[] | undefined {
  if (tensor === undefined || tensor.bytes.length > LARGEST_CONSTANT_BYTES) return undefined
  const { buffer } = tensor.bytes.slice()
  if (tensor.type === 'float32') return Array.from(new Float32Array(buffer))
  if (tensor.type === 'int64') return Array.from(new BigInt64Array(buffer), Number)
  return undefined
}

function weightsOf(tensor: OnnxTensor | undefined): Weights | undefined {
  if (tensor?.type !== 'float32') return undefined
  const { bytes, shape } = tensor
  return { shape, values: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4) }
}

/** The graph with `rewrite` tried on every node. What nobody reads any more is left out. */
export function applyRewrite(graph: OnnxGraph, name: string, rewrite: Rewrite): OnnxGraph {
  const around = surroundings(graph)
  const instead = new Map<string, string>()
  const shapes = new Map(graph.shapes)
  const nodes: OnnxNode[] = []
  const initializers = [...graph.initializers]
  let count = 0
  function tensor(
    type: ElementType,
    shape: readonly number[],
    { buffer, byteOffset, byteLength }: ArrayBufferView,
  ): string {
    initializers.push({ name: `${name}_${count}`, type, shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) })
    return `${name}_${count++}`
  }
  const patch: Patch = {
    node(op, inputs, attributes = {}, domain = '') {
      const output = `${name}_${count++}`
      nodes.push({ op, inputs, outputs: [output], attributes, domain })
      return output
    },
    ints: (values) => tensor('int64', [values.length], BigInt64Array.from(values.map(BigInt))),
    weights: ({ shape, values }) => tensor('float32', shape, values),
    tensor,
  }
  // Graph outputs keep their names.
  const outside = new Set(graph.outputs.map((output) => output.name))
  for (const node of graph.nodes) {
    const value = outside.has(node.outputs[0]!) ? undefined : rewrite(node, around, patch)
    if (value === undefined) {
      nodes.push(node)
      continue
    }
    instead.set(node.outputs[0]!, value)
    const shape = around.shape(node.outputs[0]!)
    if (shape !== undefined) shapes.set(value, shape)
  }
  const renamed = nodes.map((node) => ({ ...node, inputs: node.inputs.map((input) => instead.get(input) ?? input) }))
  return withoutUnread({ ...graph, nodes: renamed, initializers, shapes })
}

/** Without the nodes and constants that no output needs. */
export function withoutUnread(graph: OnnxGraph): OnnxGraph {
  const needed = new Set(graph.outputs.map(({ name }) => name))
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false
    for (const input of node.inputs) needed.add(input)
    return true
  })
  return { ...graph, nodes: nodes.reverse(), initializers: graph.initializers.filter(({ name }) => needed.has(name)) }
}

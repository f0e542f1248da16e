/**
 * A graph under construction: nodes are appended in order, constants become initializers, and what no output needs
 * is left out at the end.
 */
import type { Attribute, ElementType, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './onnx.ts'

const ARRAYS = {
  ...{ float32: Float32Array, int32: Int32Array, int64: BigInt64Array },
  ...{ bool: Uint8Array, uint8: Uint8Array, int8: Int8Array },
} as const

export interface GraphBuilder {
  /** Appends a node with one output and returns the output's name. */
  node(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>, domain?: string): string
  /** Appends a node with `count` outputs and returns their names. */
  nodes(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes?: Readonly<Record<string, Attribute>>,
  ): string[]
  constant(type: ElementType, shape: readonly number[], values: ArrayLike<number>): string
  /** A 1-D int64 constant: shapes, axes, pads. */
  ints(values: readonly number[]): string
  scalar(value: number): string
  input(value: OnnxValue): string
  /** Notes the shape of a value, for the rewrites. */
  describe(value: string, shape: readonly number[]): void
  /** Gives a value the name it shall have outside. */
  name(value: string, outside: string): void
  /** The finished graph: only the nodes and initializers that the outputs need. */
  finish(outputs: readonly OnnxValue[]): OnnxGraph
}

/** An empty graph. */
export function createGraph(): GraphBuilder {
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, OnnxTensor>()
  const inputs: OnnxValue[] = []
  const small = new Map<string, string>()
  const shapes = new Map<string, readonly number[]>()
  let count = 0

  function constant(type: ElementType, shape: readonly number[], values: ArrayLike<number>): string {
    // Axes, shapes and scalars come again and again: one initializer each.
    const key = values.length <= 16 ? `${type}[${shape}]${Array.from(values)}` : undefined
    const known = key === undefined ? undefined : small.get(key)
    if (known !== undefined) return known
    const name = `c${count++}`
    const typed =
      type === 'int64'
        ? BigInt64Array.from(Array.from(values, (v) => BigInt(v)))
        : ARRAYS[type].from(Array.from(values))
    initializers.set(name, { name, type, shape, bytes: new Uint8Array(typed.buffer.slice(0)) })
    if (key !== undefined) small.set(key, name)
    return name
  }

  return {
    node(op, nodeInputs, attributes = {}, domain = '') {
      const output = `${op}_${count++}`
      nodes.push({ op, inputs: nodeInputs, outputs: [output], attributes, domain })
      return output
    },
    nodes(op, nodeInputs, outputCount, attributes = {}) {
      const outputs = Array.from({ length: outputCount }, () => `${op}_${count++}`)
      nodes.push({ op, inputs: nodeInputs, outputs, attributes, domain: '' })
      return outputs
    },
    constant,
    ints: (values) => constant('int64', [values.length], values),
    scalar: (value) => constant('float32', [], [value]),
    input(value) {
      inputs.push(value)
      return value.name
    },
    describe(value, shape) {
      shapes.set(value, shape)
    },
    name(value, outside) {
      nodes.push({ op: 'Identity', inputs: [value], outputs: [outside], attributes: {}, domain: '' })
    },
    finish(outputs) {
      const needed = new Set(outputs.map((output) => output.name))
      const kept: OnnxNode[] = []
      for (const node of nodes.toReversed()) {
        if (!node.outputs.some((output) => needed.has(output))) continue
        for (const input of node.inputs) needed.add(input)
        kept.push(node)
      }
      return {
        nodes: kept.reverse(),
        initializers: [...initializers.values()].filter((tensor) => needed.has(tensor.name)),
        inputs: inputs.filter((input) => needed.has(input.name)),
        outputs,
        shapes,
      }
    },
  }
}

/**
 * What differs between traces of one program at several sizes. Traces are the same nodes in the same order; constants
 * and attributes may follow the sizes, and everything else must be equal.
 */
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../trace/onnx.ts'

/** A constant input of a node, as each trace has it. */
export interface ConstantDifference {
  readonly node: number
  readonly slot: number
  readonly tensors: readonly OnnxTensor[]
}

/** A node whose attributes each trace has otherwise. */
export interface AttributeDifference {
  readonly node: number
  readonly nodes: readonly OnnxNode[]
}

export interface Differences {
  readonly constants: readonly ConstantDifference[]
  readonly attributes: readonly AttributeDifference[]
}

/** For messages: 'Reshape_12'. */
export function nodeName(node: OnnxNode): string {
  return node.outputs[0]!
}

/** @throws naming the first node where the traces are not the same nodes joined the same way */
export function differencesOf(graphs: readonly OnnxGraph[]): Differences {
  const views = graphs.map(viewOf)
  const [first] = graphs
  const constants: ConstantDifference[] = []
  const attributes: AttributeDifference[] = []
  for (const [n, node] of first!.nodes.entries()) {
    const nodes = graphs.map((graph) => graph.nodes[n])
    if (!nodes.every((other) => other !== undefined && isAlike(node, other))) throw otherNodes(node)
    if (new Set(nodes.map((other) => JSON.stringify(other!.attributes))).size > 1) {
      attributes.push({ node: n, nodes: nodes as OnnxNode[] })
    }
    for (const slot of node.inputs.keys()) {
      const ends = views.map((view, g) => view(nodes[g]!.inputs[slot]!))
      if (ends.every((end) => typeof end === 'string')) {
        if (new Set(ends).size > 1) throw otherNodes(node)
        continue
      }
      if (ends.some((end) => typeof end === 'string')) throw otherNodes(node)
      const tensors = ends as OnnxTensor[]
      if (!tensors.every((tensor) => isSame(tensors[0]!, tensor))) constants.push({ node: n, slot, tensors })
    }
  }
  if (graphs.some((graph) => graph.nodes.length !== first!.nodes.length)) throw otherNodes(first!.nodes.at(-1)!)
  return { constants, attributes }
}

function otherNodes(node: OnnxNode): Error {
  return new Error(`at ${nodeName(node)} the model does other things at another size`)
}

function isAlike(a: OnnxNode, b: OnnxNode): boolean {
  const sameArity = a.inputs.length === b.inputs.length && a.outputs.length === b.outputs.length
  return a.op === b.op && a.domain === b.domain && sameArity
}

function isSame(a: OnnxTensor, b: OnnxTensor): boolean {
  return a.type === b.type && a.shape.toString() === b.shape.toString() && isEqual(a.bytes, b.bytes)
}

/** Where a name comes from: its constant, or 'node.output' in order, or the name of a graph input. */
function viewOf(graph: OnnxGraph): (name: string) => string | OnnxTensor {
  const made = new Map<string, string>()
  for (const [n, node] of graph.nodes.entries())
    for (const [k, name] of node.outputs.entries()) made.set(name, `${n}.${k}`)
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  return (name) => constants.get(name) ?? made.get(name) ?? name
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

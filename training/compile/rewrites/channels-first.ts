/**
 * Inputs and outputs of [N, …space, C] become [N, C, …space], as the convolutions have them: where the graph began or ended
 * with the exchange of the two orders, that falls away. Standard ONNX.
 */
import type { OnnxGraph, OnnxNode, OnnxValue } from '../trace/onnx.ts'
import { toFirst, toLast } from '../trace/value.ts'
import { withoutUnread } from './pattern.ts'

const moved = <T>(values: readonly T[]): T[] => toFirst(values.length).map((axis) => values[axis]!)

function firstValue(value: OnnxValue): OnnxValue {
  return { ...value, shape: moved(value.shape), ...(value.dims && { dims: moved(value.dims) }) }
}

const transposed = (input: string, output: string, perm: number[]): OnnxNode => ({
  op: 'Transpose',
  inputs: [input],
  outputs: [output],
  attributes: { perm },
  domain: '',
})

/**
 * Whether an input or output of `graph` has channels to be moved: inputs of three axes or more, and outputs of as many axes as one of
 * those. Others have none, or none that are known: a label map [N, D, H, W] that was made of [N, D, H, W, C], or a list of classes.
 */
export function channelsOutside({ inputs, outputs }: OnnxGraph): (value: OnnxValue) => boolean {
  const ranks = new Set(inputs.map(({ shape }) => shape.length).filter((rank) => rank > 2))
  const names = new Set([...inputs, ...outputs].filter(({ shape }) => ranks.has(shape.length)).map(({ name }) => name))
  return ({ name }) => names.has(name)
}

/** Values without channels (channelsOutside) stay as they are. */
export function channelsFirstOutside(graph: OnnxGraph): OnnxGraph {
  const isMoved = channelsOutside(graph)
  const [inputs, outputs] = [graph.inputs.filter(isMoved), graph.outputs.filter(isMoved)]
  const inner = new Map([...inputs, ...outputs].map(({ name }) => [name, `${name}:last`]))
  const ranks = new Map(inputs.map(({ name, shape }) => [name, shape.length]))
  const renamed = graph.nodes.map((node) => {
    const rank = ranks.get(node.inputs[0] ?? '')
    if (node.op === 'Shape' && rank !== undefined) return sizeOfMoved(node, rank)
    return {
      ...node,
      inputs: node.inputs.map((name) => inner.get(name) ?? name),
      outputs: node.outputs.map((name) => inner.get(name) ?? name),
    }
  })
  const nodes = [
    ...inputs.map(({ name, shape }) => transposed(name, inner.get(name)!, toLast(shape.length))),
    ...renamed,
    ...outputs.map(({ name, shape }) => transposed(inner.get(name)!, name, toFirst(shape.length))),
  ]
  const shapes = new Map(graph.shapes)
  for (const { name, shape } of [...inputs, ...outputs]) {
    shapes.set(inner.get(name)!, shape)
    shapes.set(name, moved(shape))
  }
  const outside = (value: OnnxValue) => (isMoved(value) ? firstValue(value) : value)
  return withoutRoundTrips({
    ...graph,
    nodes,
    inputs: graph.inputs.map(outside),
    outputs: graph.outputs.map(outside),
    shapes,
  })
}

/** The size of one open axis is read where that axis now stands, so that nothing is transposed for the sake of its shape. */
function sizeOfMoved(node: OnnxNode, rank: number): OnnxNode {
  const start = toFirst(rank).indexOf(node.attributes['start'] as number)
  return { ...node, attributes: { start, end: start + 1 } }
}

/** Two transposes that undo each other, with no more than names in between, are none. */
function withoutRoundTrips(graph: OnnxGraph): OnnxGraph {
  const makers = new Map(graph.nodes.map((node) => [node.outputs[0]!, node]))
  const source = (name: string): string => {
    const maker = makers.get(name)
    return maker?.op === 'Identity' ? source(maker.inputs[0]!) : name
  }
  const nodes = graph.nodes.map((node): OnnxNode => {
    if (node.op !== 'Transpose') return node
    const inner = makers.get(source(node.inputs[0]!))
    if (inner?.op !== 'Transpose') return node
    const [outerPerm, innerPerm] = [node, inner].map(({ attributes }) => attributes['perm'] as number[])
    if (!outerPerm!.every((axis, place) => innerPerm![axis] === place)) return node
    return { ...node, op: 'Identity', inputs: [inner.inputs[0]!], attributes: {} }
  })
  return withoutUnread(throughIdentities({ ...graph, nodes }))
}

/** Names that stand for another value only are taken out, but for those of the graph's outputs. */
function throughIdentities(graph: OnnxGraph): OnnxGraph {
  const outside = new Set(graph.outputs.map(({ name }) => name))
  const instead = new Map<string, string>()
  const nodes: OnnxNode[] = []
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => instead.get(input) ?? input)
    if (node.op === 'Identity' && !outside.has(node.outputs[0]!)) instead.set(node.outputs[0]!, inputs[0]!)
    else nodes.push({ ...node, inputs })
  }
  return { ...graph, nodes }
}

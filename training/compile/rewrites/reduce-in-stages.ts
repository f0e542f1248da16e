/**
 * A reduction of many values to few, in two steps. The WebGPU provider gives each result to one thread or one group of
 * threads; 24 channels of 64 000 voxels would leave the rest of the device idle. Standard ONNX.
 */
import type { OnnxGraph, OnnxNode } from '../trace/onnx.ts'
import { elementCount } from '../trace/value.ts'
import { applyRewrite, type Rewrite, type Surroundings } from './pattern.ts'

/** Results that keep a device busy, and values for each below which a second step does not pay. */
const FEW_RESULTS = 4096
const MANY_VALUES = 4096

/** A maximum of maxima, a sum of sums, a mean of means over equally many. */
const OPS: readonly string[] = ['ReduceSum', 'ReduceMean', 'ReduceMax']

/** The largest divisor of `count` that is at most its root. */
function rootDivisor(count: number): number {
  for (let divisor = Math.floor(Math.sqrt(count)); divisor > 1; divisor--) if (count % divisor === 0) return divisor
  return 1
}

/** Opset 17: ReduceSum takes its axes as an input, the others as an attribute. */
function axesOf(node: OnnxNode, around: Surroundings): readonly number[] | undefined {
  if (node.op !== 'ReduceSum') return node.attributes['axes'] as readonly number[] | undefined
  return node.inputs[1] === undefined ? undefined : around.constant(node.inputs[1])
}

const rewrite: Rewrite = (node, around, patch) => {
  if (!OPS.includes(node.op)) return undefined
  const [shape, axes] = [around.shape(node.inputs[0]!), axesOf(node, around)]
  if (shape === undefined || axes === undefined || axes.some((axis) => axis < 0)) return undefined
  const rank = shape.length
  // The last axes, as far as all of them go.
  let first = rank
  while (axes.includes(first - 1)) first--
  const tail = elementCount(shape.slice(first))
  const results = elementCount(shape.filter((_, axis) => !axes.includes(axis)))
  const inner = rootDivisor(tail)
  if (results > FEW_RESULTS || tail < MANY_VALUES || inner === 1) return undefined
  const kept = shape.slice(0, first)
  const reduce = (value: string, over: readonly number[], keepdims: number): string =>
    node.op === 'ReduceSum'
      ? patch.node('ReduceSum', [value, patch.ints(over)], { keepdims })
      : patch.node(node.op, [value], { axes: over, keepdims })
  const rows = patch.node('Reshape', [node.inputs[0]!, patch.ints([...kept, tail / inner, inner])])
  const partial = reduce(rows, [first + 1], 0)
  const whole = reduce(partial, [...axes.filter((axis) => axis < first), first], 0)
  if (node.attributes['keepdims'] === 0) return whole
  return patch.node('Reshape', [whole, patch.ints(shape.map((size, axis) => (axes.includes(axis) ? 1 : size)))])
}

export function reduceInStages(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'ReduceInStages', rewrite)
}

/** Reductions. Axes are renumbered where the value lies channels-first. */
import { elementCount, firstForm, lastForm, prefersFirst, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

/** Place of a channels-last axis in the channels-first layout. */
function firstAxis(axis: number, rank: number): number {
  if (axis === 0) return 0
  return axis === rank - 1 ? 1 : axis + 1
}

function normalAxes(axis: unknown, rank: number): number[] {
  const list = axis === undefined || axis === null ? [] : Array.isArray(axis) ? axis.map(Number) : [Number(axis)]
  const all = list.length === 0 ? Array.from({ length: rank }, (_, i) => i) : list
  return all.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b)
}

function reduceNode(call: KernelCall, op: string, name: string, axes: readonly number[], keepDims: boolean): string {
  const keepdims = keepDims ? 1 : 0
  // Opset 17: ReduceSum takes its axes as an input, the others as an attribute.
  if (op === 'ReduceSum') return call.graph.node(op, [name, call.graph.ints(axes)], { keepdims })
  return call.graph.node(op, [name], { axes, keepdims })
}

function reduce(op: string): Kernel {
  return (call) => {
    const x = need(call, 'x')
    const rank = x.shape.length
    if (elementCount(x.shape) === 1 && rank === 0) return x
    const axes = normalAxes(call.attrs['axis'], rank)
    const keepDims = call.attrs['keepDims'] === true
    const shape = keepDims
      ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !axes.includes(axis))
    const channelGoes = axes.includes(rank - 1)
    const spaceGoes = Array.from({ length: rank - 2 }, (_, i) => i + 1).every((axis) => axes.includes(axis))
    // Without keepDims the axes left must stand in the same order in both layouts.
    if (prefersFirst(x) && (keepDims || channelGoes || spaceGoes)) {
      const moved = axes.map((axis) => firstAxis(axis, rank)).sort((a, b) => a - b)
      const name = reduceNode(call, op, firstForm(call.graph, x), moved, keepDims)
      return { shape, type: x.type, forms: keepDims ? { first: name } : { last: name } } satisfies Traced
    }
    return { shape, type: x.type, forms: { last: reduceNode(call, op, lastForm(call.graph, x), axes, keepDims) } }
  }
}

/** The last axis only, as tfjs's softmax. */
const softmax: Kernel = (call) => {
  const logits = need(call, 'logits')
  const last = call.graph.node('Softmax', [lastForm(call.graph, logits)], { axis: logits.shape.length - 1 })
  return { shape: logits.shape, type: 'float32', forms: { last } }
}

export const reduceKernels: KernelTable = {
  Max: (call) => reduce('ReduceMax')(withInput(call, 'x')),
  Mean: reduce('ReduceMean'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  Softmax: softmax,
  Sum: reduce('ReduceSum'),
}

/** tfjs names the attribute of Max 'reductionIndices' and of the others 'axis'. */
function withInput(call: KernelCall, name: string): KernelCall {
  need(call, name)
  return { ...call, attrs: { ...call.attrs, axis: call.attrs['reductionIndices'] ?? call.attrs['axis'] } }
}

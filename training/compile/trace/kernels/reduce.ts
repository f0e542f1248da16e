/** Reductions. Axes are renumbered where the value lies channels-first. */
import { firstForm, lastForm, prefersFirst, type Traced } from '../value.ts'
import { castTo, numeric } from './elementwise.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

/** Place of a channels-last axis in the channels-first layout. */
function firstAxis(axis: number, rank: number): number {
  if (axis === 0) return 0
  return axis === rank - 1 ? 1 : axis + 1
}

function normalAxes(axis: unknown, rank: number): number[] {
  const all = axis === undefined || axis === null
  const list = all ? Array.from({ length: rank }, (_, i) => i) : Array.isArray(axis) ? axis.map(Number) : [Number(axis)]
  return list.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b)
}

function reduceNode(call: KernelCall, op: string, name: string, axes: readonly number[], keepDims: boolean): string {
  const keepdims = keepDims ? 1 : 0
  // Opset 17: ReduceSum takes its axes as an input, the others as an attribute.
  if (op === 'ReduceSum') return call.graph.node(op, [name, call.graph.ints(axes)], { keepdims })
  return call.graph.node(op, [name], { axes, keepdims })
}

function reduce(op: string): Kernel {
  return (call) => {
    const given = need(call, 'x')
    const x = op === 'ReduceMean' ? castTo(call, given, 'float32') : numeric(call, given)
    const rank = x.shape.length
    const axes = normalAxes(call.attrs['axis'], rank)
    if (axes.length === 0) return x
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

/** All and Any: ONNX reduces no booleans before opset 20. */
function reduceBool(op: string): Kernel {
  return (call) => castTo(call, reduce(op)(call) as Traced, 'bool')
}

/** The first of equal extremes, as in tfjs. */
function argExtreme(op: string): Kernel {
  return (call) => {
    const x = numeric(call, need(call, 'x'))
    const rank = x.shape.length
    const [axis = 0] = normalAxes(call.attrs['axis'], rank)
    // Without the channels the other axes stand in the same order in both layouts.
    const first = prefersFirst(x) && axis === rank - 1
    const name = first ? firstForm(call.graph, x) : lastForm(call.graph, x)
    const int64 = call.graph.node(op, [name], { axis: first ? 1 : axis, keepdims: 0 })
    const last = call.graph.node('Cast', [int64], { to: 6 })
    return { shape: x.shape.filter((_, a) => a !== axis), type: 'int32', forms: { last } }
  }
}

/** The last axis only, as tfjs's softmax. */
const softmax: Kernel = (call) => {
  const logits = need(call, 'logits')
  const last = call.graph.node('Softmax', [lastForm(call.graph, logits)], { axis: logits.shape.length - 1 })
  return { shape: logits.shape, type: 'float32', forms: { last } }
}

/** tfjs names the attribute of Max 'reductionIndices' and of the others 'axis'. */
function withInput(call: KernelCall, name: string): KernelCall {
  need(call, name)
  return { ...call, attrs: { ...call.attrs, axis: call.attrs['reductionIndices'] ?? call.attrs['axis'] } }
}

export const reduceKernels = {
  All: reduceBool('ReduceMin'),
  Any: reduceBool('ReduceMax'),
  ArgMax: argExtreme('ArgMax'),
  ArgMin: argExtreme('ArgMin'),
  Max: (call) => reduce('ReduceMax')(withInput(call, 'x')),
  Mean: reduce('ReduceMean'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  Softmax: softmax,
  Sum: reduce('ReduceSum'),
} satisfies KernelTable

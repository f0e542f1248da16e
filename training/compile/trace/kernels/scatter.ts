/**
 * Adding rows up by index. ScatterElements adds one after the other; onnxruntime's ScatterND with a reduction adds on
 * several threads at once without a lock, so equal indices may lose a sum, and no run need equal the next.
 */
import { elementCount, lastForm, type Traced } from '../value.ts'
import { castTo } from './elementwise.ts'
import { isIndex, toInt64 } from './gather.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { filled, reshaped, sliced } from './shape.ts'

/** updates [n, width] added into `count` rows of zeros; `rows` names [n, 1] whole numbers in [0, count). */
function addRows(call: KernelCall, rows: string, updates: Traced, count: number): Traced {
  const { graph } = call
  const shape = [count, updates.shape[1]!]
  const zeros = lastForm(graph, filled(call, shape, 0, updates.type))
  const indices = graph.node('Expand', [rows, graph.ints(updates.shape)])
  const inputs = [zeros, indices, lastForm(graph, updates)]
  const last = graph.node('ScatterElements', inputs, { axis: 0, reduction: 'add' })
  return { shape, type: updates.type, forms: { last } }
}

/** tfjs drops what has no segment: it is added to one row more, which is cut off. */
const unsortedSegmentSum: Kernel = (call) => {
  const [x, ids] = [need(call, 'x'), need(call, 'segmentIds')]
  if (ids.shape.length !== 1) throw new Error(`segment ids of rank ${ids.shape.length}: only rank 1 is traced`)
  const count = Number(call.attrs['numSegments'])
  const { graph } = call
  const column = lastForm(graph, reshaped(call, ids, [ids.shape[0]!, 1]))
  const spare = graph.constant('int32', [], [count])
  const isNegative = graph.node('Less', [column, graph.constant('int32', [], [0])])
  const rows = graph.node('Min', [graph.node('Where', [isNegative, spare, column]), spare])
  const width = elementCount(x.shape.slice(1))
  const sums = addRows(call, rows, reshaped(call, x, [x.shape[0]!, width]), count + 1)
  return reshaped(call, sliced(call, sums, [0, 0], [count, width]), [count, ...x.shape.slice(1)])
}

/** indices [..., k] name the first k axes of `shape`; they become the number of a row. */
const scatterNd: Kernel = (call) => {
  const [indices, updates] = [need(call, 'indices'), need(call, 'updates')]
  const { graph } = call
  const shape = call.attrs['shape'] as number[]
  const k = indices.shape.at(-1)!
  const strides = Array.from({ length: k }, (_, axis) => elementCount(shape.slice(axis + 1, k)))
  const places = reshaped(call, indices, [-1, k])
  const weighted = graph.node('Mul', [lastForm(graph, places), graph.constant('int32', [k], strides)])
  const rows = graph.node('ReduceSum', [weighted, graph.ints([1])], { keepdims: 1 })
  const flat = reshaped(call, updates, [places.shape[0]!, elementCount(shape.slice(k))])
  return reshaped(call, addRows(call, rows, flat, elementCount(shape.slice(0, k))), shape)
}

/** Replaces; where an index comes twice the result is either. */
const tensorScatterUpdate: Kernel = (call) => {
  const [tensor, updates] = [need(call, 'tensor'), need(call, 'updates')]
  const inputs = [lastForm(call.graph, tensor), toInt64(call, need(call, 'indices')), lastForm(call.graph, updates)]
  return { shape: tensor.shape, type: tensor.type, forms: { last: call.graph.node('ScatterND', inputs) } }
}

/** x [n] or [b, n] of whole numbers → how often, or with what weight, each of `size` numbers comes: [size], [b, size]. */
const bincount: Kernel = (call) => {
  const [x, weights] = [need(call, 'x'), need(call, 'weights')]
  const size = Number(call.attrs['size'])
  const { graph } = call
  const is = isIndex(call, x, size)
  const hits = lastForm(graph, castTo(call, is, 'float32'))
  const isBinary = call.attrs['binaryOutput'] === true
  const isWeighted = elementCount(weights.shape) > 0 && !isBinary
  const column = () => lastForm(graph, castTo(call, reshaped(call, weights, [...weights.shape, 1]), 'float32'))
  const each = isWeighted ? graph.node('Mul', [hits, column()]) : hits
  const axis = x.shape.length - 1
  const sum = () => graph.node('ReduceSum', [each, graph.ints([axis])], { keepdims: 0 })
  const last = isBinary ? graph.node('ReduceMax', [each], { axes: [axis], keepdims: 0 }) : sum()
  return castTo(call, { shape: x.shape.with(-1, size), type: 'float32', forms: { last } }, weights.type)
}

export const scatterKernels = {
  Bincount: bincount,
  DenseBincount: bincount,
  ScatterNd: scatterNd,
  TensorScatterUpdate: tensorScatterUpdate,
  UnsortedSegmentSum: unsortedSegmentSum,
} satisfies KernelTable

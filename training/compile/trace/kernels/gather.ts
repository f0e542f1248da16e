/** Taking elements by index, and indices as vectors. An index out of range fails while the graph runs. */
import { fromFront, lastForm, type Traced } from '../value.ts'
import { castTo } from './elementwise.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { reshaped, transposed } from './shape.ts'

const range = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i)

const gatherV2: Kernel = (call) => {
  const [x, indices] = [need(call, 'x'), need(call, 'indices')]
  const axis = fromFront(Number(call.attrs['axis']), x.shape.length)
  const batchDims = fromFront(Number(call.attrs['batchDims'] ?? 0), indices.shape.length)
  if (batchDims > 0) return gatherBatch(call, x, indices, axis, batchDims)
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape)
  const last = call.graph.node('Gather', [lastForm(call.graph, x), lastForm(call.graph, indices)], { axis })
  return { shape, type: x.type, forms: { last } }
}

/** The first `batch` axes of both go together: x with its axis moved behind them, then one row an index. */
function gatherBatch(call: KernelCall, x: Traced, indices: Traced, axis: number, batch: number): Traced {
  const rank = x.shape.length
  const between = range(axis - batch, batch)
  const moved = transposed(call, x, [...range(batch), axis, ...between, ...range(rank - axis - 1, axis + 1)])
  const rows = toInt64(call, reshaped(call, indices, [...indices.shape, 1]))
  const taken = indices.shape.length - batch
  const gathered: Traced = {
    shape: [...indices.shape, ...moved.shape.slice(batch + 1)],
    type: x.type,
    forms: { last: call.graph.node('GatherND', [lastForm(call.graph, moved), rows], { batch_dims: batch }) },
  }
  const places = range(gathered.shape.length - batch - taken, batch + taken)
  const [before, after] = [places.slice(0, between.length), places.slice(between.length)]
  return transposed(call, gathered, [...range(batch), ...before, ...range(taken, batch), ...after])
}

export function toInt64(call: KernelCall, indices: Traced): string {
  return call.graph.node('Cast', [lastForm(call.graph, indices)], { to: 7 })
}

/** indices [..., k] name the first k axes of params. */
const gatherNd: Kernel = (call) => {
  const [params, indices] = [need(call, 'params'), need(call, 'indices')]
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1)!)]
  const last = call.graph.node('GatherND', [lastForm(call.graph, params), toInt64(call, indices)])
  return { shape, type: params.type, forms: { last } }
}

/** [..., depth] booleans: whether the index is this one. */
export function isIndex(call: KernelCall, indices: Traced, depth: number): Traced {
  const column = reshaped(call, castTo(call, indices, 'int32'), [...indices.shape, 1])
  const all = call.graph.constant('int32', [depth], range(depth))
  const last = call.graph.node('Equal', [lastForm(call.graph, column), all])
  return { shape: [...indices.shape, depth], type: 'bool', forms: { last } }
}

const oneHot: Kernel = (call) => {
  const type = (call.attrs['dtype'] as 'float32' | 'int32' | 'bool' | undefined) ?? 'int32'
  const is = isIndex(call, need(call, 'indices'), Number(call.attrs['depth']))
  const [on, off] = ['onValue', 'offValue'].map((name) => call.graph.scalar(Number(call.attrs[name])))
  const chosen = call.graph.node('Where', [lastForm(call.graph, is), on!, off!])
  return castTo(call, { shape: is.shape, type: 'float32', forms: { last: chosen } }, type)
}

/** How many of each row's sorted numbers lie before the value: sortedSequence [b, n], values [b, m] → [b, m]. */
const searchSorted: Kernel = (call) => {
  const [sorted, values] = [need(call, 'sortedSequence'), need(call, 'values')]
  const [b, n, m] = [sorted.shape[0]!, sorted.shape[1]!, values.shape[1]!]
  const row = lastForm(call.graph, reshaped(call, sorted, [b, 1, n]))
  const column = lastForm(call.graph, reshaped(call, values, [b, m, 1]))
  const before = call.graph.node(call.attrs['side'] === 'left' ? 'Less' : 'LessOrEqual', [row, column])
  const ones = call.graph.node('Cast', [before], { to: 6 })
  const last = call.graph.node('ReduceSum', [ones, call.graph.ints([2])], { keepdims: 0 })
  return { shape: values.shape, type: 'int32', forms: { last } }
}

export const gatherKernels = {
  GatherNd: gatherNd,
  GatherV2: gatherV2,
  OneHot: oneHot,
  SearchSorted: searchSorted,
} satisfies KernelTable

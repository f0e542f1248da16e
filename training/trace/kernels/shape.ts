/** Kernels that move or make values without arithmetic. */
import { elementCount, firstForm, lastForm, prefersFirst } from '../value.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

const reshape: Kernel = (call) => {
  const x = need(call, 'x')
  const wanted = call.attrs['shape'] as number[]
  const known = elementCount(wanted.filter((size) => size >= 0))
  const shape = wanted.map((size) => (size < 0 ? elementCount(x.shape) / known : size))
  if (shape.toString() === x.shape.toString()) return x
  const last = call.graph.node('Reshape', [lastForm(call.graph, x), call.graph.ints(shape)])
  return { shape, type: x.type, forms: { last }, ...(x.uniform === undefined ? {} : { uniform: x.uniform }) }
}

const transpose: Kernel = (call) => {
  const x = need(call, 'x')
  const perm = call.attrs['perm'] as number[]
  const last = call.graph.node('Transpose', [lastForm(call.graph, x)], { perm })
  return { shape: perm.map((axis) => x.shape[axis]!), type: x.type, forms: { last } }
}

const concat: Kernel = (call) => {
  const values = Object.values(call.inputs)
  const rank = values[0]!.shape.length
  const axis = (Number(call.attrs['axis']) + rank) % rank
  const shape = values[0]!.shape.map((size, a) =>
    a === axis ? values.reduce((sum, value) => sum + value.shape[a]!, 0) : size,
  )
  const type = values[0]!.type
  if (rank >= 3 && axis === rank - 1 && values.some(prefersFirst)) {
    const names = values.map((value) => firstForm(call.graph, value))
    return { shape, type, forms: { first: call.graph.node('Concat', names, { axis: 1 }) } }
  }
  const names = values.map((value) => lastForm(call.graph, value))
  return { shape, type, forms: { last: call.graph.node('Concat', names, { axis }) } }
}

/** In channels-last order; a begin/size pair an axis. */
const slice: Kernel = (call) => {
  const x = need(call, 'x')
  const begin = call.attrs['begin'] as number[]
  const size = (call.attrs['size'] as number[]).map((s, axis) => (s < 0 ? x.shape[axis]! - begin[axis]! : s))
  const rank = x.shape.length
  const order = prefersFirst(x) ? [0, rank - 1, ...begin.slice(1, -1).map((_, i) => i + 1)] : begin.map((_, i) => i)
  const name = prefersFirst(x) ? firstForm(call.graph, x) : lastForm(call.graph, x)
  const out = call.graph.node('Slice', [
    name,
    call.graph.ints(order.map((axis) => begin[axis]!)),
    call.graph.ints(order.map((axis) => begin[axis]! + size[axis]!)),
    call.graph.ints(order.map((_, i) => i)),
  ])
  return { shape: size, type: x.type, forms: { [prefersFirst(x) ? 'first' : 'last']: out } }
}

const fill: Kernel = (call) => {
  const shape = call.attrs['shape'] as number[]
  const value = Number(call.attrs['value'])
  const last = call.graph.node('Expand', [call.graph.scalar(value), call.graph.ints(shape)])
  return { shape, type: 'float32', forms: { last }, uniform: value }
}

const alike =
  (value: number): Kernel =>
  (call) =>
    fill({ ...call, attrs: { shape: [...need(call, 'x').shape], value } })

export const shapeKernels: KernelTable = {
  Concat: concat,
  Fill: fill,
  OnesLike: alike(1),
  Reshape: reshape,
  Slice: slice,
  Transpose: transpose,
  ZerosLike: alike(0),
}

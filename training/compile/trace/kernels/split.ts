/** One value into several, and several into one along a new axis. */
import { backend_util, type Tensor } from '@tensorflow/tfjs-core'
import { fromFront, lastForm, ownForm } from '../value.ts'
import { numeric } from './elementwise.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'
import { reshaped } from './shape.ts'

/** An element that nobody uses costs nothing: each is a node of its own. */
const unpack: Kernel = (call) => {
  const value = need(call, 'value')
  const axis = fromFront(Number(call.attrs['axis']), value.shape.length)
  const name = lastForm(call.graph, value)
  return Array.from({ length: value.shape[axis]! }, (_, i) => {
    const last = call.graph.node('Gather', [name, call.graph.constant('int64', [], [i])], { axis })
    return { shape: value.shape.toSpliced(axis, 1), type: value.type, forms: { last } }
  })
}

const splitV: Kernel = (call) => {
  const x = need(call, 'x')
  const axis = fromFront(Number(call.attrs['axis']), x.shape.length)
  // prepareSplitSize looks at the shape alone; it resolves a −1 and counts.
  const given = call.attrs['numOrSizeSplits'] as number | number[]
  const sizes = backend_util.prepareSplitSize({ shape: x.shape } as unknown as Tensor, given, axis)
  const own = ownForm(call.graph, x)
  const names = call.graph.nodes('Split', [own.name, call.graph.ints(sizes)], sizes.length, { axis: own.place(axis) })
  return sizes.map((size, i) => ({
    shape: x.shape.with(axis, size),
    type: x.type,
    forms: { [own.layout]: names[i]! },
  }))
}

const pack: Kernel = (call) => {
  const values = Object.values(call.inputs)
  const [first] = values
  const axis = fromFront(Number(call.attrs['axis']), first!.shape.length + 1)
  const names = values.map((v) => lastForm(call.graph, reshaped(call, v, v.shape.toSpliced(axis, 0, 1))))
  const last = call.graph.node('Concat', names, { axis })
  return { shape: first!.shape.toSpliced(axis, 0, values.length), type: first!.type, forms: { last } }
}

/** Along the last axis, largest first; of equals the one with the lower index, as in tfjs. */
const topK: Kernel = (call) => {
  const x = numeric(call, need(call, 'x'))
  const k = Number(call.attrs['k'])
  const shape = x.shape.with(-1, k)
  const [values, places] = call.graph.nodes('TopK', [lastForm(call.graph, x), call.graph.ints([k])], 2)
  return [
    { shape, type: x.type, forms: { last: values! } },
    { shape, type: 'int32', forms: { last: call.graph.node('Cast', [places!], { to: 6 }) } },
  ]
}

export const splitKernels = { Pack: pack, SplitV: splitV, TopK: topK, Unpack: unpack } satisfies KernelTable

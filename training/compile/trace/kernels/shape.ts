/** Kernels that move or make values without arithmetic. */
import { backend_util, type DataType, slice_util, type TensorInfo } from '@tensorflow/tfjs-core'
import type { ElementType } from '../onnx.ts'
import { elementCount, firstForm, fromFront, lastForm, ownForm, prefersFirst, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

/** One size may be −1: what is left. */
export function reshaped(call: KernelCall, x: Traced, wanted: readonly number[]): Traced {
  const known = elementCount(wanted.filter((size) => size >= 0))
  const shape = wanted.map((size) => (size < 0 ? elementCount(x.shape) / known : size))
  if (shape.toString() === x.shape.toString()) return x
  // tfjs leaves this check to its kernels.
  if (elementCount(shape) !== elementCount(x.shape)) throw new Error(`[${x.shape}] cannot become [${wanted}]`)
  const uniform = x.uniform === undefined ? {} : { uniform: x.uniform }
  // Voxels in another arrangement, between the same samples and channels: no need to leave channels-first.
  const isSpace = shape.length >= 3 && shape[0] === x.shape[0] && shape.at(-1) === x.shape.at(-1)
  if (isSpace && x.shape.length >= 3 && prefersFirst(x)) {
    const order = [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)]
    const first = call.graph.node('Reshape', [firstForm(call.graph, x), call.graph.ints(order)])
    return { shape, type: x.type, forms: { first }, ...uniform }
  }
  const last = call.graph.node('Reshape', [lastForm(call.graph, x), call.graph.ints(shape)])
  return { shape, type: x.type, forms: { last }, ...uniform }
}

const reshape: Kernel = (call) => reshaped(call, need(call, 'x'), call.attrs['shape'] as number[])

const expandDims: Kernel = (call) => {
  const input = need(call, 'input')
  const axis = fromFront(Number(call.attrs['dim']), input.shape.length + 1)
  return reshaped(call, input, input.shape.toSpliced(axis, 0, 1))
}

export function transposed(call: KernelCall, x: Traced, perm: readonly number[]): Traced {
  const last = call.graph.node('Transpose', [lastForm(call.graph, x)], { perm })
  return { shape: perm.map((axis) => x.shape[axis]!), type: x.type, forms: { last } }
}

const transpose: Kernel = (call) => transposed(call, need(call, 'x'), call.attrs['perm'] as number[])

const concat: Kernel = (call) => {
  const values = Object.values(call.inputs)
  const rank = values[0]!.shape.length
  const axis = (Number(call.attrs['axis']) + rank) % rank
  // tfjs leaves this check to its kernels.
  backend_util.assertParamsConsistent(
    values.map((value) => [...value.shape]),
    axis,
  )
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

/** `begin` and size an axis, in channels-last order. */
export function sliced(call: KernelCall, x: Traced, begin: readonly number[], shape: readonly number[]): Traced {
  const own = ownForm(call.graph, x)
  const out = call.graph.node('Slice', [
    own.name,
    call.graph.ints(begin),
    call.graph.ints(begin.map((from, axis) => from + shape[axis]!)),
    call.graph.ints(begin.map((_, axis) => own.place(axis))),
  ])
  return { shape, type: x.type, forms: { [own.layout]: out } }
}

const slice: Kernel = (call) => {
  const x = need(call, 'x')
  const { begin, size } = call.attrs as { begin: number | number[]; size: number | number[] }
  // Only the shape is looked at; sizes of −1 and axes left out come back as numbers.
  const [from, lengths] = slice_util.parseSliceParams({ shape: x.shape } as TensorInfo, begin, size)
  return sliced(call, x, from!, lengths!)
}

/** Every element is `value`. */
export function filled(call: KernelCall, shape: readonly number[], value: number, type: ElementType): Traced {
  const scalar = call.graph.constant(type, [], [value])
  return { shape, type, forms: { last: call.graph.node('Expand', [scalar, call.graph.ints(shape)]) }, uniform: value }
}

const fill: Kernel = (call) => {
  const type = (call.attrs['dtype'] as DataType | undefined) ?? 'float32'
  if (type === 'string' || type === 'complex64') throw new Error(`a ${type} tensor has no ONNX form here`)
  return filled(call, call.attrs['shape'] as number[], Number(call.attrs['value']), type)
}

const alike =
  (value: number): Kernel =>
  (call) => {
    const x = need(call, 'x')
    return filled(call, x.shape, value, x.type)
  }

export const shapeKernels = {
  Concat: concat,
  ExpandDims: expandDims,
  Fill: fill,
  OnesLike: alike(1),
  Reshape: reshape,
  Slice: slice,
  Transpose: transpose,
  ZerosLike: alike(0),
} satisfies KernelTable

/** Repeating, reversing, striding and folding of blocks. */
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core'
import { elementCount, firstForm, lastForm, ownForm, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { reshaped, sliced, transposed } from './shape.ts'

/** ONNX's end of a backward slice that takes the element 0 too. */
const BEFORE_ALL = -(2 ** 31)

const tile: Kernel = (call) => {
  const x = need(call, 'x')
  const reps = call.attrs['reps'] as number[]
  const own = ownForm(call.graph, x)
  const moved = new Array<number>(reps.length)
  for (const [axis, times] of reps.entries()) moved[own.place(axis)] = times
  const out = call.graph.node('Tile', [own.name, call.graph.ints(moved)])
  return { shape: x.shape.map((size, axis) => size * reps[axis]!), type: x.type, forms: { [own.layout]: out } }
}

function reversed(call: KernelCall, x: Traced, axes: readonly number[]): Traced {
  if (axes.length === 0) return x
  const own = ownForm(call.graph, x)
  const each = (value: number) => call.graph.ints(axes.map(() => value))
  const places = call.graph.ints(axes.map((axis) => own.place(axis)))
  const out = call.graph.node('Slice', [own.name, each(-1), each(BEFORE_ALL), places, each(-1)])
  return { shape: x.shape, type: x.type, forms: { [own.layout]: out } }
}

const reverse: Kernel = (call) => {
  const x = need(call, 'x')
  return reversed(call, x, util.parseAxisParam(call.attrs['dims'] as number | number[], [...x.shape]))
}

const stridedSlice: Kernel = (call) => {
  const x = need(call, 'x')
  const list = (name: string) => call.attrs[name] as number[]
  const mask = (name: string) => Number(call.attrs[name] ?? 0)
  const info = slice_util.sliceInfo(
    [...x.shape],
    list('begin'),
    list('end'),
    list('strides'),
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  )
  const { graph } = call
  const ends = info.end.map((end, axis) => (info.strides[axis]! < 0 && end < 0 ? BEFORE_ALL : end))
  const axes = info.begin.map((_, axis) => axis)
  const inputs = [info.begin, ends, axes, info.strides].map((values) => graph.ints(values))
  const last = graph.node('Slice', [lastForm(graph, x), ...inputs])
  const shape = info.finalShapeSparse.filter((size) => size !== -2)
  return reshaped(call, { shape, type: x.type, forms: { last } }, info.finalShape)
}

/** Channels [block, block, C] become pixels: ONNX's mode DCR. */
const depthToSpace: Kernel = (call) => {
  const x = need(call, 'x')
  if (call.attrs['dataFormat'] !== 'NHWC') throw new Error('only NHWC is traced')
  const b = Number(call.attrs['blockSize'])
  const [n, h, w, c] = x.shape as [number, number, number, number]
  const first = call.graph.node('DepthToSpace', [firstForm(call.graph, x)], { blocksize: b, mode: 'DCR' })
  return { shape: [n, h * b, w * b, c / b ** 2], type: x.type, forms: { first } }
}

const batchToSpace: Kernel = (call) => {
  const x = need(call, 'x')
  const block = call.attrs['blockShape'] as number[]
  const crops = call.attrs['crops'] as number[][]
  const count = elementCount(block)
  const split = reshaped(call, x, backend_util.getReshaped([...x.shape], block, count))
  const moved = transposed(call, split, backend_util.getPermuted(split.shape.length, block.length))
  const merged = reshaped(call, moved, backend_util.getReshapedPermuted([...x.shape], block, count))
  const begin = backend_util.getSliceBeginCoords(crops, block.length)
  const size = backend_util.getSliceSize([...merged.shape], crops, block.length)
  // tfjs leaves the trailing axes out.
  const rest = merged.shape.slice(begin.length)
  return sliced(call, merged, [...begin, ...rest.map(() => 0)], [...size, ...merged.shape.slice(size.length)])
}

const spaceToBatch: Kernel = (call) => {
  const x = need(call, 'x')
  const block = call.attrs['blockShape'] as number[]
  const paddings = call.attrs['paddings'] as number[][]
  const count = elementCount(block)
  const rank = x.shape.length
  const all = Array.from({ length: rank }, (_, axis) => paddings[axis - 1] ?? [0, 0])
  const pads = [...all.map((pad) => pad[0]!), ...all.map((pad) => pad[1]!)]
  const zero = call.graph.constant(x.type, [], [0])
  const padded: Traced = {
    shape: x.shape.map((size, axis) => size + all[axis]![0]! + all[axis]![1]!),
    type: x.type,
    forms: { last: call.graph.node('Pad', [lastForm(call.graph, x), call.graph.ints(pads), zero]) },
  }
  const split = reshaped(call, padded, backend_util.getReshaped([...padded.shape], block, count, false))
  const moved = transposed(call, split, backend_util.getPermuted(split.shape.length, block.length, false))
  return reshaped(call, moved, backend_util.getReshapedPermuted([...padded.shape], block, count, false))
}

export const rearrangeKernels = {
  BatchToSpaceND: batchToSpace,
  DepthToSpace: depthToSpace,
  FlipLeftRight: (call) => reversed(call, need(call, 'image'), [2]),
  Reverse: reverse,
  SpaceToBatchND: spaceToBatch,
  StridedSlice: stridedSlice,
  Tile: tile,
} satisfies KernelTable

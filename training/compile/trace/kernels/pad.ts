/** Padding with a number, and with the values themselves. */
import { ownForm, type Traced } from '../value.ts'
import { castTo } from './elementwise.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

type Pairs = readonly (readonly [before: number, after: number])[]

function paddedShape(shape: readonly number[], paddings: Pairs): number[] {
  return shape.map((size, axis) => paddings[axis]![0] + size + paddings[axis]![1])
}

/** ONNX's Pad in the layout in which x lies; `value` is for the mode 'constant'. */
function pad(call: KernelCall, mode: 'constant' | 'reflect', value = 0): Traced {
  const x = need(call, 'x')
  const paddings = call.attrs['paddings'] as Pairs
  const { graph } = call
  // onnxruntime pads no booleans.
  const type = x.type === 'bool' ? 'int32' : x.type
  const own = ownForm(graph, castTo(call, x, type))
  const pads = new Array<number>(2 * paddings.length)
  for (const [axis, [before, after]] of paddings.entries()) {
    pads[own.place(axis)] = before
    pads[paddings.length + own.place(axis)] = after
  }
  const filling = mode === 'constant' ? [graph.constant(type, [], [value])] : []
  const out = graph.node('Pad', [own.name, graph.ints(pads), ...filling], { mode })
  return castTo(call, { shape: paddedShape(x.shape, paddings), type, forms: { [own.layout]: out } }, x.type)
}

/** `[2, 1]` around 4 values: reflect takes 2 1 | 0 1 2 3 | 2, symmetric 1 0 | 0 1 2 3 | 3. */
export function mirrored(size: number, [before, after]: readonly [number, number], isReflect: boolean): number[] {
  const edge = isReflect ? 0 : 1
  return Array.from({ length: before + size + after }, (_, at) => {
    const place = at - before
    if (place < 0) return -place - edge
    return place < size ? place : 2 * (size - 1) - place + edge
  })
}

/** ONNX has no symmetric mode: its places are gathered, an axis at a time. */
const mirrorPad: Kernel = (call) => {
  if (call.attrs['mode'] === 'reflect') return pad(call, 'reflect')
  const x = need(call, 'x')
  const paddings = call.attrs['paddings'] as Pairs
  const own = ownForm(call.graph, x)
  let out = own.name
  for (const [axis, pair] of paddings.entries()) {
    if (pair[0] === 0 && pair[1] === 0) continue
    const places = mirrored(x.shape[axis]!, pair, false)
    const indices = call.graph.constant('int64', [places.length], places)
    out = call.graph.node('Gather', [out, indices], { axis: own.place(axis) })
  }
  return { shape: paddedShape(x.shape, paddings), type: x.type, forms: { [own.layout]: out } }
}

export const padKernels = {
  MirrorPad: mirrorPad,
  PadV2: (call) => pad(call, 'constant', Number(call.attrs['constantValue'] ?? 0)),
} satisfies KernelTable

/**
 * 3-D convolution and its two gradients. tfjs: x [N, D, H, W, Ci], filter [kd, kh, kw, Ci, Co].
 *
 * Weight gradient, dW[kd,kh,kw] = Σ_p x[p + k] · dy[p]ᵀ: the kw shifts are taken on x (3·Ci channels), the kd and kh
 * shifts on dy (9·Co channels), one batched product a depth plane, then a sum. Measured beside other forms in
 * bench/weight-gradient.ts (docs/decisions/0007-how-the-weight-gradient-is-computed.md).
 */
import { backend_util } from '@tensorflow/tfjs-core'
import { elementCount, firstForm, lastForm, type Traced } from '../value.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'

type Five = [number, number, number, number, number]
type Info = ReturnType<typeof backend_util.computeConv3DInfo>

function infoOf(call: KernelCall, xShape: readonly number[], filterShape: readonly number[]): Info {
  const strides = call.attrs['strides'] as [number, number, number]
  const dilations = (call.attrs['dilations'] as [number, number, number] | undefined) ?? [1, 1, 1]
  const pad = call.attrs['pad'] as 'same' | 'valid'
  return backend_util.computeConv3DInfo(xShape as Five, filterShape as Five, strides, dilations, pad)
}

function pads({ padInfo: p }: Info): number[] {
  return [p.front, p.top, p.left, p.back, p.bottom, p.right]
}

function kernelSize(info: Info): [number, number, number] {
  return [info.filterDepth, info.filterHeight, info.filterWidth]
}

const conv3d: Kernel = (call) => {
  const x = need(call, 'x')
  const filter = need(call, 'filter')
  const info = infoOf(call, x.shape, filter.shape)
  const weights = call.graph.node('Transpose', [lastForm(call.graph, filter)], { perm: [4, 3, 0, 1, 2] })
  const first = call.graph.node('Conv', [firstForm(call.graph, x), weights], {
    kernel_shape: kernelSize(info),
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    pads: pads(info),
  })
  return { shape: info.outShape, type: 'float32', forms: { first } }
}

function refuseUnlessPlain(info: Info, name: string): void {
  const plain = [info.strideDepth, info.strideHeight, info.strideWidth].every((s) => s === 1)
  const same = kernelSize(info).every((k) => k % 2 === 1) && info.outDepth === info.inDepth
  if (!plain || !same || info.dilationDepth !== 1) {
    throw new Error(`${name} is traced for stride 1, dilation 1, odd kernels and 'same' padding only`)
  }
}

/** The input gradient is a convolution of dy with the filter flipped in space and transposed in channels. */
const backpropInput: Kernel = (call) => {
  const dy = need(call, 'dy')
  const filter = need(call, 'filter')
  const shape = call.attrs['inputShape'] as number[]
  const info = infoOf(call, shape, filter.shape)
  refuseUnlessPlain(info, 'Conv3DBackpropInputV2')
  const { graph } = call
  const far = -(2 ** 31)
  const flipped = elementCount(kernelSize(info)) === 1 ? lastForm(graph, filter) : flip(lastForm(graph, filter))
  const weights = graph.node('Transpose', [flipped], { perm: [3, 4, 0, 1, 2] })
  const first = graph.node('Conv', [firstForm(graph, dy), weights], {
    kernel_shape: kernelSize(info),
    pads: pads(info),
  })
  return { shape, type: 'float32', forms: { first } }

  function flip(name: string): string {
    const [begin, end] = [graph.ints([-1, -1, -1]), graph.ints([far, far, far])]
    return graph.node('Slice', [name, begin, end, graph.ints([0, 1, 2]), graph.ints([-1, -1, -1])])
  }
}

/** [N, C, D, H, W] cut to a box of the same size, `starts` voxels into its padded axes. */
function window(call: KernelCall, name: string, starts: number[], sizes: number[], axes: number[]): string {
  const ends = starts.map((start, i) => start + sizes[i]!)
  const { graph } = call
  return graph.node('Slice', [name, graph.ints(starts), graph.ints(ends), graph.ints(axes)])
}

function times(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

const backpropFilter: Kernel = (call) => {
  const x = need(call, 'x')
  const dy = need(call, 'dy')
  const shape = call.attrs['filterShape'] as number[]
  const info = infoOf(call, x.shape, shape)
  refuseUnlessPlain(info, 'Conv3DBackpropFilterV2')
  const { graph } = call
  const [kd, kh, kw] = kernelSize(info)
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const p = info.padInfo
  const xPadded = kw === 1 ? firstForm(graph, x) : padded(x, [0, 0, p.left], [0, 0, p.right])
  // Shifting x by +k is shifting dy by −k: dy is padded the other way round.
  const yPadded = kd * kh === 1 ? firstForm(graph, dy) : padded(dy, [p.back, p.bottom, 0], [p.front, p.top, 0])
  const xs = times(kw).map((k) => (kw === 1 ? xPadded : window(call, xPadded, [k], [w], [4])))
  const ys = times(kd * kh).map((k) => {
    const starts = [kd - 1 - Math.floor(k / kh), kh - 1 - (k % kh)]
    return kd * kh === 1 ? yPadded : window(call, yPadded, starts, [d, h], [2, 3])
  })
  const xPlanes = planes(xs, kw * ci, [0, 2, 1, 3]) // [N, D, kw·Ci, H·W]
  const yPlanes = planes(ys, kd * kh * co, [0, 2, 3, 1]) // [N, D, H·W, kd·kh·Co]
  const product = graph.node('ReduceSum', [graph.node('MatMul', [xPlanes, yPlanes]), graph.ints([0, 1])], {
    keepdims: 0,
  })
  const split = graph.node('Reshape', [product, graph.ints([kw, ci, kd, kh, co])])
  const last = graph.node('Transpose', [split], { perm: [2, 3, 0, 1, 4] })
  return { shape, type: 'float32', forms: { last } }

  function padded(value: Traced, before: number[], after: number[]): string {
    return graph.node('Pad', [firstForm(graph, value), graph.ints([0, 0, ...before, 0, 0, ...after])])
  }

  function planes(shifted: string[], channels: number, perm: number[]): string {
    const joined = shifted.length === 1 ? shifted[0]! : graph.node('Concat', shifted, { axis: 1 })
    return graph.node('Transpose', [graph.node('Reshape', [joined, graph.ints([n, channels, d, h * w])])], { perm })
  }
}

export const conv3dKernels: KernelTable = {
  Conv3D: conv3d,
  Conv3DBackpropFilterV2: backpropFilter,
  Conv3DBackpropInputV2: backpropInput,
}

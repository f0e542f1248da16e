/** 3-D convolution and its two gradients. tfjs: x [N, D, H, W, Ci], filter [kd, kh, kw, Ci, Co]. */
import { backend_util } from '@tensorflow/tfjs-core'
import { firstForm, lastForm } from '../value.ts'
import { flippedInputChannelsFirst, outputChannelsFirst } from './filter-layout.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { sameWeightGradient } from './weight-gradient.ts'

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
  const weights = outputChannelsFirst(call.graph, lastForm(call.graph, filter), filter.shape)
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
  const weights = flippedInputChannelsFirst(graph, lastForm(graph, filter), filter.shape)
  const first = graph.node('Conv', [firstForm(graph, dy), weights], {
    kernel_shape: kernelSize(info),
    pads: pads(info),
  })
  return { shape, type: 'float32', forms: { first } }
}

const backpropFilter: Kernel = (call) => {
  const x = need(call, 'x')
  const info = infoOf(call, x.shape, call.attrs['filterShape'] as number[])
  refuseUnlessPlain(info, 'Conv3DBackpropFilterV2')
  return sameWeightGradient(call, x, need(call, 'dy'), info)
}

export const conv3dKernels = {
  Conv3D: conv3d,
  Conv3DBackpropFilterV2: backpropFilter,
  Conv3DBackpropInputV2: backpropInput,
} satisfies KernelTable

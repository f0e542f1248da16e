/** Normalisations. */
import { firstForm, lastForm } from '../value.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

/** Our own kernel (training/layers/instance-norm.ts): γ · (x − mean) / √(var + ε) + β over space, a sample and channel. */
const instanceNorm: Kernel = (call) => {
  const x = need(call, 'x')
  const { graph } = call
  const [gamma, beta] = ['gamma', 'beta'].map((name) => lastForm(graph, need(call, name)))
  const first = graph.node('InstanceNormalization', [firstForm(graph, x), gamma!, beta!], {
    epsilon: { float: Number(call.attrs['epsilon']) },
  })
  return { shape: x.shape, type: 'float32', forms: { first } }
}

/**
 * a·x + b·y + c, with a, b and c [N, 1, 1, 1, C]: the instance norm's gradient. b·y + c is one pass over memory as a
 * batch normalisation of N·C channels (mean 0, variance 1, ε 0), two as a product and a sum.
 */
const scaledSum: Kernel = (call) => {
  const [x, y, a, b, c] = ['x', 'y', 'a', 'b', 'c'].map((name) => need(call, name))
  const { graph } = call
  const [n, d, h, w, channels] = x!.shape as [number, number, number, number, number]
  const all = n * channels
  const reshape = (name: string, shape: number[]) => graph.node('Reshape', [name, graph.ints(shape)])
  const [scale, offset] = [b!, c!].map((value) => reshape(firstForm(graph, value), [all]))
  const zeros = graph.constant('float32', [all], new Float32Array(all))
  const ones = graph.constant('float32', [all], new Float32Array(all).fill(1))
  const rows = reshape(firstForm(graph, y!), [1, all, d, h, w])
  const moved = graph.node('BatchNormalization', [rows, scale!, offset!, zeros, ones], { epsilon: { float: 0 } })
  const scaled = graph.node('Mul', [firstForm(graph, x!), firstForm(graph, a!)])
  const first = graph.node('Add', [scaled, reshape(moved, [n, channels, d, h, w])])
  return { shape: x!.shape, type: 'float32', forms: { first } }
}

const batchNorm: Kernel = (call) => {
  const x = need(call, 'x')
  const names = ['scale', 'offset', 'mean', 'variance'].map((name) => lastForm(call.graph, need(call, name)))
  const first = call.graph.node('BatchNormalization', [firstForm(call.graph, x), ...names], {
    epsilon: { float: Number(call.attrs['varianceEpsilon']) },
  })
  return { shape: x.shape, type: 'float32', forms: { first } }
}

export const normKernels = {
  FusedBatchNorm: batchNorm,
  InstanceNorm3D: instanceNorm,
  ScaledSum3D: scaledSum,
} satisfies KernelTable

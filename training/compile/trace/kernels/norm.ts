/** Normalisations. */
import { firstForm, lastForm } from '../value.ts'
import { binaryNode, mapLayout } from './elementwise.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

/** Our own kernel (training/compile/layers/instance-norm.ts): γ · (x − mean) / √(var + ε) + β over space, a sample and channel. */
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

/** tfjs's own number where none is given. */
const VARIANCE_EPSILON = 1e-3

/** Statistics a channel are ONNX's batch normalisation; others broadcast, as those of a layer normalisation. */
const batchNorm: Kernel = (call) => {
  const { graph, inputs, attrs } = call
  const [x, mean, variance] = ['x', 'mean', 'variance'].map((name) => need(call, name))
  const { scale, offset } = inputs
  const epsilon = Number(attrs['varianceEpsilon'] ?? VARIANCE_EPSILON)
  if (mean!.shape.length !== 1) {
    const shifted = mapLayout(variance!, 'float32', (v) => graph.node('Add', [v, graph.scalar(epsilon)]), call)
    const deviation = mapLayout(shifted, 'float32', (v) => graph.node('Sqrt', [v]), call)
    const centred = binaryNode(call, 'Sub', x!, mean!, 'float32')
    const standard = binaryNode(call, 'Div', centred, deviation, 'float32')
    const scaled = scale === undefined ? standard : binaryNode(call, 'Mul', standard, scale, 'float32')
    return offset === undefined ? scaled : binaryNode(call, 'Add', scaled, offset, 'float32')
  }
  const channels = x!.shape.at(-1)!
  const each = (value: number) => graph.constant('float32', [channels], new Float32Array(channels).fill(value))
  const gamma = scale === undefined ? each(1) : lastForm(graph, scale)
  const beta = offset === undefined ? each(0) : lastForm(graph, offset)
  const statistics = [mean!, variance!].map((value) => lastForm(graph, value))
  const first = graph.node('BatchNormalization', [firstForm(graph, x!), gamma, beta, ...statistics], {
    epsilon: { float: epsilon },
  })
  return { shape: x!.shape, type: 'float32', forms: { first } }
}

export const normKernels = {
  FusedBatchNorm: batchNorm,
  InstanceNorm3D: instanceNorm,
  ScaledSum3D: scaledSum,
} satisfies KernelTable

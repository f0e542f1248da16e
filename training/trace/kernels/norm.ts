/** Normalisations. */
import { firstForm, lastForm } from '../value.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

/** Our own kernel (training/layers/instance-norm.ts): (x − mean) / √(var + ε) over space, per sample and channel. */
const standardize: Kernel = (call) => {
  const x = need(call, 'x')
  const channels = x.shape.at(-1)!
  const { graph } = call
  const one = graph.constant('float32', [channels], new Float32Array(channels).fill(1))
  const zero = graph.constant('float32', [channels], new Float32Array(channels))
  const first = graph.node('InstanceNormalization', [firstForm(graph, x), one, zero], {
    epsilon: { float: Number(call.attrs['epsilon']) },
  })
  return { shape: x.shape, type: 'float32', forms: { first } }
}

const batchNorm: Kernel = (call) => {
  const x = need(call, 'x')
  const names = ['scale', 'offset', 'mean', 'variance'].map((name) => lastForm(call.graph, need(call, name)))
  const first = call.graph.node('BatchNormalization', [firstForm(call.graph, x), ...names], {
    epsilon: { float: Number(call.attrs['varianceEpsilon']) },
  })
  return { shape: x.shape, type: 'float32', forms: { first } }
}

export const normKernels: KernelTable = { FusedBatchNorm: batchNorm, Standardize3D: standardize }

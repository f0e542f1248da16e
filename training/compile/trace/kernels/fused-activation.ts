/** What tfjs fuses behind a product or a convolution: a bias, then an activation. */
import type { Traced } from '../value.ts'
import { activationKernels } from './activation.ts'
import { binaryNode, elementwiseKernels } from './elementwise.ts'
import type { Kernel, KernelCall } from './kernel.ts'

/** tfjs's names (fused_util.applyActivation). */
const ACTIVATIONS: Readonly<Record<string, Kernel>> = {
  linear: elementwiseKernels.Identity,
  relu: elementwiseKernels.Relu,
  relu6: activationKernels.Relu6,
  elu: elementwiseKernels.Elu,
  sigmoid: elementwiseKernels.Sigmoid,
  leakyrelu: elementwiseKernels.LeakyRelu,
  prelu: activationKernels.Prelu,
}

/** `call` is the fused kernel's own; `product` is what comes before its bias. */
export function withBiasAndActivation(call: KernelCall, product: Traced): Traced {
  const { bias, preluActivationWeights } = call.inputs
  const name = String(call.attrs['activation'] ?? 'linear')
  const activation = ACTIVATIONS[name]
  if (activation === undefined) {
    throw new Error(`activation '${name}' is not known; known are ${Object.keys(ACTIVATIONS).join(', ')}`)
  }
  const x = bias === undefined ? product : binaryNode(call, 'Add', product, bias, product.type)
  const inputs = { x, ...(preluActivationWeights === undefined ? {} : { alpha: preluActivationWeights }) }
  const attrs = { alpha: call.attrs['leakyreluAlpha'] ?? 0.2 }
  return activation({ ...call, inputs, attrs }) as Traced
}

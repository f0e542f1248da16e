/** A loss whose gradient is computed beside its value: fewer nodes in the traced step than autodiff would give. */
import * as tf from '@tensorflow/tfjs-core'

export interface ValueAndGradient {
  readonly value: tf.Scalar
  /** dvalue/dz ÷ scale, the shape of the logits. */
  readonly gradient: tf.Tensor
  /** One number for the whole gradient: it is multiplied into the incoming scalar, not into the tensor. */
  readonly scale: number
}

/**
 * @param logits any shape
 * @param compute value and gradient at the logits; targets are closed over, no gradient flows into them
 * @returns the value, with that gradient for tfjs's autodiff
 */
export function lossWithGradient(logits: tf.Tensor, compute: (z: tf.Tensor) => ValueAndGradient): tf.Scalar {
  const custom = tf.customGrad((...args) => {
    const [z, save] = args as unknown as [tf.Tensor, (tensors: tf.Tensor[]) => void]
    const { value, gradient, scale } = compute(z)
    save([gradient])
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0]!, tf.mul(dy, scale)) }
  })
  return custom(logits) as tf.Scalar
}

/** The norm of all gradients together, and clipping by it (Pascanu, Mikolov & Bengio 2013). */
import * as tf from '@tensorflow/tfjs-core'

/** √Σ g² over all gradients; scalar. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Tensor {
  return tf.sqrt(gradients.map((g) => tf.sum(tf.square(g))).reduce((a, b) => tf.add(a, b)))
}

/** The factor, at most 1, that brings gradients of that norm down to `maxNorm`; scalar. */
export function clipFactor(norm: tf.Tensor, maxNorm: number): tf.Tensor {
  return tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1)
}

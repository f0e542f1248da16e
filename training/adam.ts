/**
 * AdamW (Loshchilov & Hutter 2019) with the gradient scaled back to a global norm, as a tfjs program: the learning
 * rate and the bias corrections come in as tensors, so that a schedule needs no new trace.
 */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'

export const adamSchema = z.strictObject({
  beta1: z.number().min(0).max(1),
  beta2: z.number().min(0).max(1),
  epsilon: z.number().positive(),
  /** Decoupled; on convolution kernels only. */
  weightDecay: z.number().nonnegative(),
  /** Gradients whose global norm is larger are scaled down to it. */
  maxGradientNorm: z.number().positive(),
})

export type AdamSpec = z.infer<typeof adamSchema>

export interface Moments {
  readonly first: tf.Variable
  readonly second: tf.Variable
}

export interface AdamInputs {
  readonly learningRate: tf.Tensor
  /** 1 − β1^t and 1 − β2^t at step t = 1, 2, … */
  readonly correction1: tf.Tensor
  readonly correction2: tf.Tensor
}

/** √Σ g² over all gradients. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Tensor {
  return tf.sqrt(gradients.map((g) => tf.sum(tf.square(g))).reduce((a, b) => tf.add(a, b)))
}

/** Assigns every variable and its moments their next value; returns the gradients' global norm. */
export function adamUpdate(
  spec: AdamSpec,
  variables: readonly tf.Variable[],
  moments: readonly Moments[],
  gradients: readonly tf.Tensor[],
  inputs: AdamInputs,
): tf.Tensor {
  const norm = globalNorm(gradients)
  const scale = tf.minimum(tf.div(spec.maxGradientNorm, tf.add(norm, 1e-6)), 1)
  for (const [i, variable] of variables.entries()) {
    const gradient = tf.mul(gradients[i]!, scale)
    const { first, second } = moments[i]!
    const m = tf.add(tf.mul(first, spec.beta1), tf.mul(gradient, 1 - spec.beta1))
    const v = tf.add(tf.mul(second, spec.beta2), tf.mul(tf.square(gradient), 1 - spec.beta2))
    const unbiased = tf.div(m, inputs.correction1)
    const direction = tf.div(unbiased, tf.add(tf.sqrt(tf.div(v, inputs.correction2)), spec.epsilon))
    const decayed = variable.rank >= 4 ? tf.add(direction, tf.mul(variable, spec.weightDecay)) : direction
    const next = tf.sub(variable, tf.mul(decayed, inputs.learningRate))
    first.assign(m)
    second.assign(v)
    variable.assign(next as tf.Tensor)
  }
  return norm
}

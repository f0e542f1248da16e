/**
 * Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019):
 *
 *     m ← β1 m + (1 − β1) g;   v ← β2 v + (1 − β2) g²
 *     w ← w − η (m/(1 − β1^t) / (√(v/(1 − β2^t)) + ε) + λ w)
 *
 * The last term is AdamW's decoupled decay. Plain Adam has none: its decay is in the gradient (optimiser.ts).
 */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { commonFields, isKernel, memory, type Rule } from './rule.ts'

const fields = { beta1: memory, beta2: memory, epsilon: z.number().positive(), ...commonFields }

export const adamSchema = z.strictObject({ kind: z.literal('adam'), ...fields })
export const adamwSchema = z.strictObject({ kind: z.literal('adamw'), ...fields })

/** @param decoupledDecay λ, of kernels only; 0 is plain Adam */
export function adamRule(
  { beta1, beta2, epsilon }: Omit<z.infer<typeof adamSchema>, 'kind'>,
  decoupledDecay: number,
): Rule {
  return {
    slots: ['m', 'v'],
    scalars: (step) => ({ correction1: 1 - beta1 ** step, correction2: 1 - beta2 ** step }),
    next: (weight, gradient, slots, inputs) => {
      const m = tf.add(tf.mul(slots['m']!, beta1), tf.mul(gradient, 1 - beta1))
      const v = tf.add(tf.mul(slots['v']!, beta2), tf.mul(tf.square(gradient), 1 - beta2))
      const unbiased = tf.div(m, inputs['correction1']!)
      const direction = tf.div(unbiased, tf.add(tf.sqrt(tf.div(v, inputs['correction2']!)), epsilon))
      const decays = decoupledDecay > 0 && isKernel(weight)
      const decayed = decays ? tf.add(direction, tf.mul(weight, decoupledDecay)) : direction
      return { weight: tf.sub(weight, tf.mul(decayed, inputs.learningRate)), slots: { m, v } }
    },
  }
}

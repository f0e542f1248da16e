/** Gradient descent: w ← w − η g (Robbins & Monro 1951). */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { commonFields, type Rule } from './rule.ts'

export const sgdSchema = z.strictObject({ kind: z.literal('sgd'), ...commonFields })

export function sgdRule(): Rule {
  return {
    slots: [],
    scalars: () => ({}),
    next: (weight, gradient, _slots, { learningRate }) => ({
      weight: tf.sub(weight, tf.mul(gradient, learningRate)),
      slots: {},
    }),
  }
}

/**
 * Gradient descent with momentum (Polyak 1964): a ← μ a + g, w ← w − η a; in Nesterov's form (Sutskever et al. 2013)
 * w ← w − η (g + μ a) with the new a.
 */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { commonFields, memory, type Rule } from './rule.ts'

export const momentumSchema = z.strictObject({
  kind: z.literal('momentum'),
  momentum: memory,
  nesterov: z.boolean(),
  ...commonFields,
})

export function momentumRule({ momentum, nesterov }: z.infer<typeof momentumSchema>): Rule {
  return {
    slots: ['momentum'],
    scalars: () => ({}),
    next: (weight, gradient, slots, { learningRate }) => {
      const velocity = tf.add(tf.mul(slots['momentum']!, momentum), gradient)
      const direction = nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity
      return { weight: tf.sub(weight, tf.mul(direction, learningRate)), slots: { momentum: velocity } }
    },
  }
}

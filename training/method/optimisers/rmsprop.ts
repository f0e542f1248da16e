/**
 * RMSprop (Hinton, Coursera lecture 6e, 2012), optionally centred and with momentum (Graves 2013, eq. 38–45):
 *
 *     s ← ρ s + (1 − ρ) g²;   m ← ρ m + (1 − ρ) g (centred; else m = 0)
 *     a ← μ a + η g / √(s − m² + ε);   w ← w − a
 *
 * ε stands under the root, as in TensorFlow. tfjs's own centred form subtracts it there (s − m² − ε) and gives NaN where
 * a gradient is 0 (tfjs-optimisers.test.ts).
 */
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { commonFields, memory, type Rule } from './rule.ts'

export const rmspropSchema = z.strictObject({
  kind: z.literal('rmsprop'),
  decay: memory,
  momentum: memory,
  epsilon: z.number().positive(),
  centred: z.boolean(),
  ...commonFields,
})

export function rmspropRule({ decay, momentum, epsilon, centred }: z.infer<typeof rmspropSchema>): Rule {
  const running = (past: tf.Tensor, now: tf.Tensor) => tf.add(tf.mul(past, decay), tf.mul(now, 1 - decay))
  return {
    slots: ['meanSquare', ...(centred ? ['mean'] : []), ...(momentum > 0 ? ['momentum'] : [])],
    scalars: () => ({}),
    next: (weight, gradient, slots, { learningRate }) => {
      const meanSquare = running(slots['meanSquare']!, tf.square(gradient))
      const mean = centred ? running(slots['mean']!, gradient) : undefined
      // A variance is never negative, but its float32 difference may be.
      const variance = mean === undefined ? meanSquare : tf.relu(tf.sub(meanSquare, tf.square(mean)))
      const scaled = tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(variance, epsilon)))
      const move = momentum > 0 ? tf.add(tf.mul(slots['momentum']!, momentum), scaled) : scaled
      return {
        weight: tf.sub(weight, move),
        slots: {
          meanSquare,
          ...(mean === undefined ? {} : { mean }),
          ...(momentum > 0 ? { momentum: move } : {}),
        },
      }
    },
  }
}

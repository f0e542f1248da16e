/** Soft Dice with a squared denominator (Milletari et al. 2016), and its derivative: what the overlap terms share. */
import * as tf from '@tensorflow/tfjs-core'

/**
 * For every sample and channel c, D = 2 Σ q t / (Σ q² + Σ t + ε), sums over space.
 * @param q [N, …, C] probabilities
 * @param t targets, 0 or 1, [N, …, C] or [N, …, 1]
 * @param share weight of every sample and channel in the mean; a number or [N, 1 …, C]
 * @returns value = Σ share · D over samples and channels; byQ = dvalue/dq [N, …, C]
 */
export function diceTerms(
  q: tf.Tensor,
  t: tf.Tensor,
  share: tf.Tensor | number,
  epsilon: number,
): { value: tf.Scalar; byQ: tf.Tensor } {
  const space = q.shape.slice(1, -1).map((_, i) => i + 1)
  const both = tf.sum(tf.mul(q, t), space, true)
  const total = tf.add(tf.sum(tf.add(tf.square(q), t), space, true), epsilon)
  const value = tf.sum(tf.mul(share, tf.div(tf.mul(both, 2), total))) as tf.Scalar
  // d(2B/T)/dq = 2t/T − 4Bq/T²
  const byTarget = tf.mul(share, tf.div(2, total))
  const bySquare = tf.mul(share, tf.div(tf.mul(both, 4), tf.square(total)))
  return { value, byQ: tf.sub(tf.mul(t, byTarget), tf.mul(q, bySquare)) }
}

/** The softmax of the losses, over all labels or over some, and the way back through it. */
import * as tf from '@tensorflow/tfjs-core'

/** Far below any logit: what is masked out has no weight in exp. */
const EXCLUDED = 1e9

/** Logits whose channels outside the mask have no weight in a softmax; the mask broadcasts to [..., K]. */
export function leaveOut(z: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.add(z, tf.mul(tf.sub(mask, 1), EXCLUDED))
}

/**
 * The softmax over the labels of a mask, finite at any finite logits (the maximum is taken out first).
 * @param z logits [..., K]
 * @param mask 1 where the label counts, else 0; broadcasts to [..., K]; left out, all labels count
 * @returns p [..., K], 0 outside the mask; logSum [..., 1] = log Σ_mask e^z, about −1e9 where the mask is empty
 */
export function softmaxOver(z: tf.Tensor, mask?: tf.Tensor): { p: tf.Tensor; logSum: tf.Tensor } {
  const masked = mask === undefined ? z : leaveOut(z, mask)
  const max = tf.max(masked, -1, true)
  const e = tf.exp(tf.sub(masked, max))
  const sum = tf.sum(e, -1, true)
  return { p: tf.div(e, sum), logSum: tf.add(tf.log(sum), max) }
}

/** df/dz from df/dp where p = softmax(z): p · (f' − Σ p f'). All [..., K]. */
export function softmaxGradient(p: tf.Tensor, byP: tf.Tensor): tf.Tensor {
  return tf.mul(p, tf.sub(byP, tf.sum(tf.mul(p, byP), -1, true)))
}

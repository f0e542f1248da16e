/**
 * What must not be found in a patch: labels that no voxel of the sample admits, such as the lesion in a patch of a lesion
 * source that shows none. The overlap terms say nothing about them (an empty target has no overlap to gain), and of the
 * cross-entropy, a mean over voxels, a false lesion of 1 mL costs a thousandth. With A_k = Σ p_k² over the voxels,
 *
 *     loss = mean over the sample's absent labels of A_k / (A_k + s)
 *
 * which is Dice's squared denominator with a share of its own: s voxels of full confidence cost a half. A sample in which
 * every label may occur costs nothing.
 */
import * as tf from '@tensorflow/tfjs-core'
import { softmaxGradient, softmaxOver } from './softmax.ts'
import { lossWithGradient } from './with-gradient.ts'

const HALF_COST_VOXELS = 100

/**
 * @param logits [N, D, H, W, K], those outside the sample's head left out (softmax.ts): they cannot be found
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set
 * @param halfCostVoxels s
 * @returns scalar in 0 … 1, the mean over the batch
 */
export function absenceLoss(logits: tf.Tensor, admissible: tf.Tensor, halfCostVoxels = HALF_COST_VOXELS): tf.Scalar {
  const [n, labels] = [logits.shape[0]!, logits.shape.at(-1)!]
  const flat = (x: tf.Tensor) => tf.reshape(x, [n, x.size / (n * labels), labels])
  return lossWithGradient(flat(logits), (z) => {
    const { p } = softmaxOver(z)
    const absent = tf.sub(1, tf.max(flat(admissible), 1, true))
    const share = tf.div(absent, tf.mul(tf.maximum(tf.sum(absent, -1, true), 1), n))
    const found = tf.sum(tf.square(p), 1, true)
    const total = tf.add(found, halfCostVoxels)
    const value = tf.sum(tf.mul(share, tf.div(found, total))) as tf.Scalar
    // d(A/(A+s))/dp = 2p · s/(A+s)²
    const byP = tf.mul(p, tf.mul(share, tf.div(2 * halfCostVoxels, tf.square(total))))
    return { value, gradient: softmaxGradient(p, byP), scale: 1 }
  })
}

/**
 * What the code of ACE's authors computes (github.com/nicoroulet/thesis @7b47a67, src/Metrics.py, "variant_selective_
 * sparse_categorical_crossentropy", the loss of the paper's figures). A record of it, not a loss to train with:
 *
 *     −log p_y                                              where the voxel states one label
 *     −log clip(1 − Σ_{j ∈ L(y)} p_j, 0.1, 1)               at lesion background
 *
 * with L(y) as in patch-ace.ts. The clip ends the gradient where p_lesion > 0.9: a confident false positive costs
 * log 10 and is never corrected. Left out: that the code sums over the samples of a batch (this is their mean), and
 * that it clips p to 1e-7 … 1 − 1e-7 before every logarithm.
 */
import * as tf from '@tensorflow/tfjs-core'
import { patchSets, statesOne } from './patch-sets.ts'
import { setEntropy, voxelCount } from './set-entropy.ts'
import { lossWithGradient } from './with-gradient.ts'

/** −log 0.1 */
const CEILING = Math.log(10)

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], as for patchAdaptiveCrossEntropy
 * @returns scalar, nats per voxel
 */
export function authorsAdaptiveCrossEntropy(logits: tf.Tensor, admissible: tf.Tensor): tf.Scalar {
  return lossWithGradient(logits, (z) => {
    const { perVoxel, gradient } = setEntropy(z, patchSets(admissible))
    // 1 − Σ_{L(y)} p is Σ p over the set, so the clip at 0.1 is a ceiling of −log 0.1.
    const kept = tf.maximum(statesOne(admissible), tf.cast(tf.less(perVoxel, CEILING), 'float32')) // [N, D, H, W, 1]
    const value = tf.mean(tf.add(tf.mul(perVoxel, kept), tf.mul(tf.sub(1, kept), CEILING))) as tf.Scalar
    return { value, gradient: tf.mul(gradient, kept), scale: 1 / voxelCount(z) }
  })
}

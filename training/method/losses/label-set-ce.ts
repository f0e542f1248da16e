/**
 * Cross-entropy against label sets. Every voxel states a set S of admissible labels; with p the softmax,
 *
 *     loss = mean over voxels of −log Σ_{k ∈ S} p_k
 *
 * - S = {y}: plain cross-entropy (Roulet et al. 2019, eq. 2);
 * - S = all labels but the lesion labels of the sample, at a voxel of lesion background: the Adaptive Cross Entropy
 *   (eq. 4). The paper takes the labels present in the *patch* (patch-ace.ts); training/data states those of the
 *   *data set*, so that a patch without lesion still says "not lesion"
 *   (docs/decisions/0008-ace-at-data-set-level.md);
 * - S = all labels: no loss, no gradient (a voxel nobody labelled).
 *
 * Nothing is clipped: a confident false positive keeps its gradient.
 */
import * as tf from '@tensorflow/tfjs-core'
import { setEntropy, voxelCount } from './set-entropy.ts'
import { lossWithGradient } from './with-gradient.ts'

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0; no gradient flows into it
 * @returns scalar, nats per voxel
 */
export function labelSetCrossEntropy(logits: tf.Tensor, admissible: tf.Tensor): tf.Scalar {
  // Voxels in one row, as in mergedDiceLoss: the softmax of both is then one in the traced step.
  const rows = [logits.shape[0]!, voxelCount(logits) / logits.shape[0]!, logits.shape.at(-1)!]
  return lossWithGradient(tf.reshape(logits, rows), (z) => {
    const { perVoxel, gradient } = setEntropy(z, tf.reshape(admissible, rows))
    return { value: tf.mean(perVoxel), gradient, scale: 1 / voxelCount(z) }
  })
}

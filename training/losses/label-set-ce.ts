/**
 * Cross-entropy against label sets. Every voxel states a set S of admissible labels; with p the softmax,
 *
 *     loss = mean over voxels of −log Σ_{k ∈ S} p_k
 *
 * - S = {y}: plain cross-entropy (Roulet et al. 2019, eq. 2);
 * - S = all labels but the lesion labels of the sample, at a voxel of lesion background: the Adaptive Cross Entropy
 *   (eq. 4). The paper takes the labels present in the *patch*; training/data states those of the *data set*, so that
 *   a patch without lesion still says "not lesion" (docs/decisions/0008-ace-at-data-set-level.md);
 * - S = all labels: no loss, no gradient (a voxel nobody labelled).
 *
 * Nothing is clipped: a confident false positive keeps its gradient.
 */
import * as tf from '@tensorflow/tfjs-core'

/** Far below any logit: what is not admissible has no weight in exp. */
const EXCLUDED = 1e9

/** e^{z − max z} and its sum over the last axis, [..., K] and [..., 1], with the maximum itself. */
function exponentials(z: tf.Tensor): { e: tf.Tensor; sum: tf.Tensor; max: tf.Tensor } {
  const max = tf.max(z, -1, true)
  const e = tf.exp(tf.sub(z, max))
  return { e, sum: tf.sum(e, -1, true), max }
}

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0; no gradient flows into it
 * @returns scalar, nats per voxel
 */
export function labelSetCrossEntropy(logits: tf.Tensor, admissible: tf.Tensor): tf.Scalar {
  const custom = tf.customGrad((...args) => {
    const [z, set, save] = args as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void]
    const all = exponentials(z)
    const inside = exponentials(tf.add(z, tf.mul(tf.sub(set, 1), EXCLUDED)))
    const perVoxel = tf.sub(tf.add(tf.log(all.sum), all.max), tf.add(tf.log(inside.sum), inside.max))
    // d/dz = softmax over all labels − softmax over the set
    const gradient = tf.sub(tf.div(all.e, all.sum), tf.div(inside.e, inside.sum))
    save([gradient])
    const voxels = z.size / z.shape.at(-1)!
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(saved[0]!, tf.div(dy, voxels)), tf.zeros(set.shape)]
    return { value: tf.mean(perVoxel), gradFunc }
  })
  return custom(logits, admissible) as tf.Scalar
}

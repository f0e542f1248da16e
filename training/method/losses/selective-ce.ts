/**
 * Selective cross-entropy (Fourure, Emonet, Fromont, Muselet, Neverova, Trémeau & Wolf, "Multi-task, multi-domain
 * learning: application to semantic segmentation and pose regression", Neurocomputing 251, 2017): the softmax runs over
 * the labels L of the sample's own data set only, and the other logits of the voxel are left alone. With S the voxel's
 * set of admissible labels,
 *
 *     loss = mean over voxels of −log( Σ_{k ∈ S ∩ L} e^{z_k} / Σ_{k ∈ L} e^{z_k} )
 *
 * For a lesion data set, L = {background, lesion}: lesion competes with background and never with a tissue, which is
 * what the adaptive cross-entropy mends.
 */
import * as tf from '@tensorflow/tfjs-core'
import { setEntropy, voxelCount } from './set-entropy.ts'
import { lossWithGradient } from './with-gradient.ts'

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0; a set must hold a label of the
 *   sample's own data set (where it does not, the loss is about 1e9, so that the mistake is seen)
 * @param own [N, K], 1 at the labels of the sample's own data set
 * @returns scalar, nats per voxel
 */
export function selectiveCrossEntropy(logits: tf.Tensor, admissible: tf.Tensor, own: tf.Tensor): tf.Scalar {
  return lossWithGradient(logits, (z) => {
    const labels = tf.reshape(own, [z.shape[0]!, ...z.shape.slice(1, -1).map(() => 1), z.shape.at(-1)!])
    const { perVoxel, gradient } = setEntropy(z, tf.mul(admissible, labels), labels)
    return { value: tf.mean(perVoxel), gradient, scale: 1 / voxelCount(z) }
  })
}

/**
 * The Adaptive Cross Entropy as printed (Roulet, Fernández Slezak & Ferrante, MIDL 2019, PMLR 102:401–413, eq. 4):
 *
 *     −log p_y                       where y is not lesion background
 *     −log Σ_{j ∈ L̂ \ L(y)} p_j      where y is lesion background
 *
 * with L(y) the labels that occur in the *patch*, averaged over its voxels. A patch of a lesion data set without a
 * lesion has L(y) = ∅: its loss is 0 and so is its gradient, and the net never learns "no lesion here" from it; a patch
 * with oedema only lets "tumour" into its background. label-set-ce.ts takes the labels of the data set instead and
 * has neither fault.
 */
import type * as tf from '@tensorflow/tfjs-core'
import { labelSetCrossEntropy } from './label-set-ce.ts'
import { patchSets } from './patch-sets.ts'

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0; several labels are lesion
 *   background, whatever they are, and all labels say nothing
 * @returns scalar, nats per voxel
 */
export function patchAdaptiveCrossEntropy(logits: tf.Tensor, admissible: tf.Tensor): tf.Scalar {
  return labelSetCrossEntropy(logits, patchSets(admissible))
}

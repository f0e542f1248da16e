/**
 * Naive multi-class soft Dice (Milletari et al. 2016, a label at a time), the baseline without label sets:
 *
 *     loss = 1 − mean over the K labels of 2 Σ p t / (Σ p² + Σ t + ε)
 *
 * t is 1 where the voxel states that one label. A voxel that states several or all labels takes no part: the naive
 * methods call lesion background "background" before they come here.
 *
 * A label that is absent from a sample has Σ p t = 0: it costs 1/K whatever the net says and has no gradient, so false
 * positives of it are pushed down by the Dice of the labels that are there, or not at all.
 *
 * The authors of ACE compute it unsquared (Σ p in place of Σ p²), over the whole batch at once and without background.
 */
import * as tf from '@tensorflow/tfjs-core'
import { meanDiceLoss } from './mean-dice.ts'
import { statesOne } from './patch-sets.ts'

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0
 * @returns scalar in 0 … 1, the mean over the batch
 */
export function softDiceLoss(logits: tf.Tensor, admissible: tf.Tensor): tf.Scalar {
  const single = statesOne(admissible)
  return meanDiceLoss(logits, tf.mul(admissible, single), single)
}

/**
 * Leaf-Dice (Fidon et al., "Label-set loss functions for partial supervision", MICCAI 2021, arXiv 2107.03846), α = 2:
 *
 *     loss = 1 − mean over the K labels of 2 Σ 1[S = {k}] p_k / (Σ 1[S = {k}] + Σ p_k² + ε)
 *
 * S is the voxel's set of admissible labels. A voxel that states several labels is nobody's target but stays in Σ p²,
 * so it holds down the labels that are annotated elsewhere in the sample. A label without a voxel of its own has no
 * gradient: on lesion data leaf-Dice says nothing of tissue and needs a cross-entropy on label sets beside it.
 */
import * as tf from '@tensorflow/tfjs-core'
import { meanDiceLoss } from './mean-dice.ts'
import { statesOne } from './patch-sets.ts'

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0
 * @returns scalar in 0 … 1, the mean over the batch
 */
export function leafDiceLoss(logits: tf.Tensor, admissible: tf.Tensor): tf.Scalar {
  return meanDiceLoss(logits, tf.mul(admissible, statesOne(admissible)))
}

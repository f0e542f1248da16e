/** One minus the mean soft Dice over all labels: soft-dice.ts and leaf-dice.ts differ in the voxels that count. */
import * as tf from '@tensorflow/tfjs-core'
import { diceTerms } from './dice-terms.ts'
import { softmaxGradient, softmaxOver } from './softmax.ts'
import { lossWithGradient } from './with-gradient.ts'

/** As in Fidon et al.'s code: an absent label has Dice 0, not 1. */
const EPSILON = 1e-5

/**
 * @param logits [N, D, H, W, K]
 * @param target [N, D, H, W, K], 0 or 1
 * @param counted [N, D, H, W, 1], 0 where a voxel takes no part in Σ p²; left out, all do
 * @returns scalar in 0 … 1, the mean over labels and samples
 */
export function meanDiceLoss(logits: tf.Tensor, target: tf.Tensor, counted?: tf.Tensor): tf.Scalar {
  return lossWithGradient(logits, (z) => {
    const { p } = softmaxOver(z)
    const q = counted === undefined ? p : tf.mul(p, counted)
    const { value, byQ } = diceTerms(q, target, 1 / (z.shape[0]! * z.shape.at(-1)!), EPSILON)
    // byQ is 0 where q and the target are: at the voxels that do not count.
    return { value: tf.sub(1, value), gradient: softmaxGradient(p, byQ), scale: -1 }
  })
}

/**
 * Exclusion term (Shi, Xiao, Chen & Zhou, "Marginal loss and exclusion loss for partially supervised multi-organ
 * segmentation", Medical Image Analysis 70, 2021): labels exclude each other, so a label that the sample's data set
 * does not have must not lie where the sample states one of its own. With e the voxels that state one label,
 *
 *     loss = mean over the labels c that the data set has not of 2 Σ p_c e / (Σ p_c² + Σ e + ε)
 *
 * and 0 where the data set has every label. A voxel that states several labels, lesion background or {white matter,
 * lesion}, is not in e. The idea is the paper's; that it is a Dice, squared below, with ε = 1 and averaged over c, is from
 * memory of the paper, which also adds a cross-entropy form, Σ e log(p_c + ε), left out here.
 *
 * It says no more than cross-entropy at those voxels does already; beside label-set-ce.ts it is a matter of weight.
 */
import * as tf from '@tensorflow/tfjs-core'
import { diceTerms } from './dice-terms.ts'
import { statesOne } from './patch-sets.ts'
import { softmaxGradient, softmaxOver } from './softmax.ts'
import { lossWithGradient } from './with-gradient.ts'

const EPSILON = 1

/**
 * @param logits [N, D, H, W, K]
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0
 * @param own [N, K], 1 at the labels of the sample's own data set
 * @returns scalar in 0 … 1, the mean over the batch
 */
export function exclusionLoss(logits: tf.Tensor, admissible: tf.Tensor, own: tf.Tensor): tf.Scalar {
  return lossWithGradient(logits, (z) => {
    const [n, labels] = [z.shape[0]!, z.shape.at(-1)!]
    const { p } = softmaxOver(z)
    const foreign = tf.sub(1, tf.reshape(own, [n, ...z.shape.slice(1, -1).map(() => 1), labels]))
    const share = tf.div(foreign, tf.mul(tf.maximum(tf.sum(foreign, -1, true), 1), n))
    const { value, byQ } = diceTerms(p, statesOne(admissible), share, EPSILON)
    return { value, gradient: softmaxGradient(p, byQ), scale: 1 }
  })
}

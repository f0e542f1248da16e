/**
 * Soft Dice on merged channels (Shi et al. 2021, "marginal Dice"), the overlap term that cross-entropy lacks for small
 * lesions. A sample states a few label sets (groups), e.g. a lesion data set {background, CSF, grey, white} and
 * {lesion}. With p the softmax, q_g = Σ_{k ∈ g} p_k the probability of a group and t_g its voxels,
 *
 *     loss = mean over the sample's groups of 1 − 2 Σ q t / (Σ q² + Σ t + ε)
 *
 * Sums run over the voxels that state one of the groups; a voxel nobody labelled has no part in it,
 * and a sample without groups costs nothing.
 */
import * as tf from '@tensorflow/tfjs-core'
import { diceTerms } from './dice-terms.ts'
import { softmaxGradient, softmaxOver } from './softmax.ts'
import { lossWithGradient } from './with-gradient.ts'

const EPSILON = 1

/**
 * @param logits [N, D, H, W, K]
 * @param stated [N, D, H, W, K], channel g is 1 where the voxel states the sample's group g
 * @param groups [N, K, K], row g is 1 at the labels of group g; rows of groups that the sample has not are 0
 * @returns scalar in 0 … 1, the mean over the batch
 */
export function mergedDiceLoss(logits: tf.Tensor, stated: tf.Tensor, groups: tf.Tensor): tf.Scalar {
  const [n, labels] = [logits.shape[0]!, logits.shape.at(-1)!]
  const flat = (x: tf.Tensor) => tf.reshape(x, [n, x.size / (n * labels), labels])
  return lossWithGradient(flat(logits), (z) => {
    const t = flat(stated)
    const { p } = softmaxOver(z)
    const q = tf.mul(tf.matMul(p, groups, false, true), tf.sum(t, -1, true))
    const used = tf.reshape(tf.max(groups, -1), [n, 1, labels])
    const share = tf.div(used, tf.mul(tf.maximum(tf.sum(used, -1, true), 1), n))
    const { value, byQ } = diceTerms(q, t, share, EPSILON)
    // byQ is 0 where q and t are: at the voxels that state none of the groups.
    const gradient = softmaxGradient(p, tf.matMul(byQ, groups))
    return { value: tf.sub(tf.sum(share), value), gradient, scale: -1 }
  })
}

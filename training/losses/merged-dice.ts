/**
 * Soft Dice on merged channels (Shi et al. 2021, "marginal Dice"), the overlap term that cross-entropy lacks for small
 * lesions. A sample states a few label sets (groups), e.g. a lesion data set {background, CSF, grey, white} and
 * {lesion}. With p the softmax, q_g = Σ_{k ∈ g} p_k the probability of a group and t_g its voxels,
 *
 *     loss = mean over the sample's groups of 1 − 2 Σ q t / (Σ q² + Σ t + ε)
 *
 * Sums run over the voxels that state one of the groups; a voxel nobody labelled has no part in it.
 */
import * as tf from '@tensorflow/tfjs-core'

const EPSILON = 1

/**
 * @param logits [N, D, H, W, K]
 * @param stated [N, D, H, W, K], channel g is 1 where the voxel states the sample's group g
 * @param groups [N, K, K], row g is 1 at the labels of group g; rows of groups that the sample has not are 0
 * @returns scalar in 0 … 1, the mean over the batch
 */
export function mergedDiceLoss(logits: tf.Tensor, stated: tf.Tensor, groups: tf.Tensor): tf.Scalar {
  const [n, labels] = [logits.shape[0]!, logits.shape.at(-1)!]
  const voxels = logits.size / (n * labels)
  const flat = (x: tf.Tensor) => tf.reshape(x, [n, voxels, labels]) as tf.Tensor3D
  const custom = tf.customGrad((...args) => {
    const [z, t, sets, save] = args as unknown as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, (x: tf.Tensor[]) => void]
    const e = tf.exp(tf.sub(z, tf.max(z, -1, true)))
    const p = tf.div(e, tf.sum(e, -1, true)) as tf.Tensor3D
    const q = tf.mul(tf.matMul(p, sets, false, true), tf.sum(t, -1, true))
    const both = tf.sum(tf.mul(q, t), 1, true) // [N, 1, G]
    const total = tf.add(tf.sum(tf.add(tf.square(q), t), 1, true), EPSILON)
    const used = tf.reshape(tf.max(sets, -1), [n, 1, labels])
    const share = tf.div(used, tf.mul(tf.sum(used, -1, true), n))
    const value = tf.sum(tf.mul(share, tf.sub(1, tf.div(tf.mul(both, 2), total)))) as tf.Scalar
    // d(2B/T)/dq = 2t/T − 4Bq/T², then through q = p·Gᵀ and the softmax.
    const byQ = tf.mul(
      share,
      tf.sub(tf.mul(q, tf.div(tf.mul(both, 4), tf.square(total))), tf.mul(t, tf.div(2, total))),
    ) as tf.Tensor3D
    const byP = tf.matMul(byQ, sets)
    save([tf.mul(p, tf.sub(byP, tf.sum(tf.mul(p, byP), -1, true)))])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => [
      tf.mul(saved[0]!, dy),
      tf.zeros(t.shape),
      tf.zeros(sets.shape),
    ]
    return { value, gradFunc }
  })
  return custom(flat(logits), flat(stated), groups) as tf.Scalar
}

/** Which voxels state one label, and the label sets that the paper makes of those that occur in the patch. */
import * as tf from '@tensorflow/tfjs-core'

/** [N, D, H, W, K] → [N, D, H, W, 1]: 1 where the voxel's set is one label. */
export function statesOne(admissible: tf.Tensor): tf.Tensor {
  return tf.cast(tf.equal(tf.sum(admissible, -1, true), 1), 'float32')
}

/**
 * The sets of eq. 4 of Roulet et al. 2019, [N, D, H, W, K]. L(y) is what the voxels of a sample's patch state as one
 * label. A voxel with one label keeps it; a voxel with several (lesion background) gets L̂ \ L(y), all labels that the
 * patch does not state; a voxel with all labels, which nobody labelled, keeps all. Where the patch states every label,
 * L̂ \ L(y) is empty and its −log is not defined; such a voxel says nothing either.
 *
 * @param admissible [N, D, H, W, K], 1 where the label is in the voxel's set, else 0
 */
export function patchSets(admissible: tf.Tensor): tf.Tensor {
  const space = admissible.shape.slice(1, -1).map((_, i) => i + 1)
  const single = statesOne(admissible)
  const stated = tf.cast(tf.less(tf.sum(admissible, -1, true), admissible.shape.at(-1)!), 'float32')
  const absent = tf.sub(1, tf.max(tf.mul(admissible, single), space, true)) // [N, 1, 1, 1, K]
  const nothingLeft = tf.cast(tf.equal(tf.sum(absent, -1, true), 0), 'float32')
  const complement = tf.mul(tf.add(absent, nothingLeft), tf.sub(stated, single))
  return tf.add(tf.add(tf.mul(admissible, single), complement), tf.sub(1, stated))
}

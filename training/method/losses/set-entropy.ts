/** −log of the probability of a set of labels, a voxel: what the cross-entropies of this folder have in common. */
import * as tf from '@tensorflow/tfjs-core'
import { softmaxOver } from './softmax.ts'

/**
 * @param z logits [..., K]
 * @param set 1 at the labels of the voxel's set, else 0; broadcasts to [..., K]
 * @param among 1 at the labels that compete, a superset of `set`; left out, all do
 * @returns perVoxel [..., 1] = −log(Σ_set e^z / Σ_among e^z), nats; gradient [..., K] of each voxel by its own logits
 */
export function setEntropy(
  z: tf.Tensor,
  set: tf.Tensor,
  among?: tf.Tensor,
): { perVoxel: tf.Tensor; gradient: tf.Tensor } {
  const all = softmaxOver(z, among)
  const inside = softmaxOver(z, set)
  return { perVoxel: tf.sub(all.logSum, inside.logSum), gradient: tf.sub(all.p, inside.p) }
}

/** [N, D, H, W, K] → N·D·H·W. */
export function voxelCount(x: tf.Tensor): number {
  return x.size / x.shape.at(-1)!
}

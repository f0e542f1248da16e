/** The gradient of broadcasting. */
import * as tf from '@tensorflow/tfjs-core'

/** Sums dy over the axes that came by broadcasting. */
export function unbroadcast(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape)
  return tf.reshape(axes.length === 0 ? dy : tf.sum(dy, axes), shape)
}

/**
 * Gradients that tfjs 4.22 has wrong for some ranks, shapes or paddings: the batch normalisation's fails for rank 5 and
 * for statistics that broadcast, the matrix product's does not sum over batch axes that broadcast, and the mirror
 * padding's forgets what the mirrored border passes back.
 */
import * as tf from '@tensorflow/tfjs-core'
import { mirrored } from './kernels/pad.ts'
import { unbroadcast } from './unbroadcast.ts'

/**
 * y = (x − mean) · r · scale + offset, r = 1/√(variance + ε). tfjs's engine fails on the tape of a call without scale or
 * offset, so both are there; the offset has the shape of the mean.
 */
const batchNorm: tf.GradConfig = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  gradFunc: (gradient, saved, attrs) => {
    const dy = gradient as tf.Tensor
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
    const epsilon = (attrs as unknown as tf.FusedBatchNormAttrs).varianceEpsilon
    const r = tf.rsqrt(tf.add(variance, epsilon))
    const byCentred = () => tf.mul(dy, tf.mul(scale, r))
    const standard = () => tf.mul(tf.sub(x, mean), r)
    return {
      x: byCentred,
      mean: () => tf.neg(unbroadcast(byCentred(), mean.shape)),
      variance: () => unbroadcast(tf.mul(tf.mul(byCentred(), standard()), tf.mul(r, -0.5)), variance.shape),
      scale: () => unbroadcast(tf.mul(dy, standard()), scale.shape),
      offset: () => unbroadcast(dy, mean.shape),
    }
  },
}

/** C = A·B, A or B transposed as the call says. */
const matMul: tf.GradConfig = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (gradient, saved, attrs) => {
    const dy = gradient as tf.Tensor
    const [a, b] = saved as [tf.Tensor, tf.Tensor]
    const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs
    return {
      a: () =>
        unbroadcast(transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB), a.shape),
      b: () =>
        unbroadcast(transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false), b.shape),
    }
  },
}

/** Along each axis the copies of a place are summed: the transpose of the matrix that made them. */
const mirrorPad: tf.GradConfig = {
  kernelName: 'MirrorPad',
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const { paddings, mode } = attrs as unknown as tf.MirrorPadAttrs
    return { x: () => paddings.reduce((sum, pair, axis) => summedBack(sum, axis, pair), dy as tf.Tensor) }

    function summedBack(dy: tf.Tensor, axis: number, pair: [number, number]): tf.Tensor {
      const size = x!.shape[axis]!
      if (pair[0] === 0 && pair[1] === 0) return dy
      const places = mirrored(size, pair, mode === 'reflect')
      const from = Array.from({ length: size }, (_, to) => places.map((place) => (place === to ? 1 : 0)))
      const inner = tf.util.sizeFromShape(dy.shape.slice(axis + 1))
      const rows = tf.reshape(dy, [-1, places.length, inner])
      return tf.reshape(tf.matMul(tf.tensor3d([from]), rows), dy.shape.with(axis, size))
    }
  },
}

export const RANK_GRADIENTS: readonly tf.GradConfig[] = [batchNorm, matMul, mirrorPad]

/** Gradients of kernels for which tfjs 4.22 has none. */
import * as tf from '@tensorflow/tfjs-core'

/** Each place takes part in all products behind it. Not where x is 0. */
const cumprod: tf.GradConfig = {
  kernelName: 'Cumprod',
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradFunc: (dy, [x, y], attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as tf.CumprodAttrs
    const weighted = tf.mul(dy as tf.Tensor, y!)
    return { x: () => tf.div(tf.cumsum(weighted, axis, exclusive, !reverse), x!) }
  },
}

const depthToSpace: tf.GradConfig = {
  kernelName: 'DepthToSpace',
  gradFunc: (dy, _, attrs) => {
    const { blockSize: b } = attrs as unknown as tf.DepthToSpaceAttrs
    const [n, h, w, c] = (dy as tf.Tensor4D).shape
    const blocks = () => tf.reshape(dy as tf.Tensor, [n, h / b, b, w / b, b, c])
    return { x: () => tf.reshape(tf.transpose(blocks(), [0, 1, 3, 2, 4, 5]), [n, h / b, w / b, b * b * c]) }
  },
}

const diag: tf.GradConfig = {
  kernelName: 'Diag',
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => {
    const square = () => tf.reshape(dy as tf.Tensor, [x!.size, x!.size])
    return { x: () => tf.reshape(tf.sum(tf.mul(square(), tf.eye(x!.size)), 1), x!.shape) }
  },
}

/** By one operand: the result's letters and the other's, summed to its own; letters that stand in it alone are copied. */
const einsum: tf.GradConfig = {
  kernelName: 'Einsum',
  saveAllInputs: true,
  gradFunc: (dy, operands, attrs) => {
    const equation = (attrs as unknown as tf.EinsumAttrs).equation.replaceAll(/\s/g, '')
    const [terms = '', result = ''] = equation.split('->')
    const letters = terms.split(',')
    const slope = (i: number) => () => {
      const others = [...letters.keys()].filter((j) => j !== i)
      const known = new Set(result + others.map((j) => letters[j]).join(''))
      const found = [...letters[i]!].filter((letter) => known.has(letter)).join('')
      const from = [result, ...others.map((j) => letters[j])].join(',')
      const sums = tf.einsum(`${from}->${found}`, dy as tf.Tensor, ...others.map((j) => operands[j]!))
      const shape = operands[i]!.shape.map((size, axis) => (known.has(letters[i]![axis]!) ? size : 1))
      return tf.mul(tf.reshape(sums, shape), tf.ones(operands[i]!.shape))
    }
    return Object.fromEntries(letters.map((_, i) => [i, slope(i)]))
  },
}

const flipLeftRight: tf.GradConfig = {
  kernelName: 'FlipLeftRight',
  gradFunc: (dy) => ({ image: () => tf.image.flipLeftRight(dy as tf.Tensor4D) }),
}

const noSlope = (indices: tf.Tensor) => () => tf.zeros(indices.shape, 'float32')

const gatherNd: tf.GradConfig = {
  kernelName: 'GatherNd',
  inputsToSave: ['params', 'indices'],
  gradFunc: (dy, [params, indices]) => ({
    params: () => tf.scatterND(indices!, dy as tf.Tensor, params!.shape as [number]),
    indices: noSlope(indices!),
  }),
}

const scatterNd: tf.GradConfig = {
  kernelName: 'ScatterNd',
  inputsToSave: ['indices'],
  gradFunc: (dy, [indices]) => ({
    updates: () => tf.gatherND(dy as tf.Tensor, indices!),
    indices: noSlope(indices!),
  }),
}

const tensorScatterUpdate: tf.GradConfig = {
  kernelName: 'TensorScatterUpdate',
  inputsToSave: ['indices', 'updates'],
  gradFunc: (dy, [indices, updates]) => ({
    tensor: () => tf.tensorScatterUpdate(dy as tf.Tensor, indices!, tf.zerosLike(updates!)),
    updates: () => tf.gatherND(dy as tf.Tensor, indices!),
    indices: noSlope(indices!),
  }),
}

/** The same slice of the numbers 0, 1, 2, … says where each element came from. */
const stridedSlice: tf.GradConfig = {
  kernelName: 'StridedSlice',
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const s = attrs as unknown as tf.StridedSliceAttrs
    const masks = [s.beginMask, s.endMask, s.ellipsisMask, s.newAxisMask, s.shrinkAxisMask] as const
    return {
      x: () => {
        const places = tf.reshape(tf.range(0, x!.size, 1, 'int32'), x!.shape)
        const from = tf.reshape(tf.stridedSlice(places, s.begin, s.end, s.strides, ...masks), [-1, 1])
        return tf.reshape(tf.scatterND(from, tf.reshape(dy as tf.Tensor, [-1]), [x!.size]), x!.shape)
      },
    }
  },
}

const topK: tf.GradConfig = {
  kernelName: 'TopK',
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  gradFunc: (dy, [x, indices]) => {
    const [values] = dy as unknown as [tf.Tensor]
    const places = () => tf.oneHot(indices!, x!.shape.at(-1)!, 1, 0, 'float32')
    return { x: () => tf.sum(tf.mul(places(), tf.expandDims(values, -1)), -2) }
  },
}

export const MISSING_GRADIENTS: readonly tf.GradConfig[] = [
  cumprod,
  depthToSpace,
  diag,
  einsum,
  flipLeftRight,
  gatherNd,
  scatterNd,
  stridedSlice,
  tensorScatterUpdate,
  topK,
]

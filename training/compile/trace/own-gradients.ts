/**
 * Gradients that tfjs 4.22 lacks or has wrong, so that more programs differentiate. Comparisons have none, so a
 * `where` on the differentiated value fails; maximum, minimum and squaredDifference forget to sum over broadcast axes;
 * tile stops at rank 4; cumsum transposes what lies right already; floorDiv has the slope of the plain quotient; prod
 * and gather by rows call methods that only the union package adds to tensors.
 */
import * as tf from '@tensorflow/tfjs-core'
import { CONV_GRADIENTS } from './conv-gradients.ts'
import { MISSING_GRADIENTS } from './missing-gradients.ts'
import { RANK_GRADIENTS } from './rank-gradients.ts'
import { unbroadcast } from './unbroadcast.ts'

type Two = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => readonly [da: tf.Tensor, db: tf.Tensor]

function ofTwo(kernelName: string, slopes: Two): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor]
      return {
        a: () => unbroadcast(slopes(dy as tf.Tensor, a, b)[0], a.shape),
        b: () => unbroadcast(slopes(dy as tf.Tensor, a, b)[1], b.shape),
      }
    },
  }
}

/** A jump has slope 0 wherever it has one. */
function flat(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape, 'float32')])),
  }
}

const chosen = (dy: tf.Tensor, isChosen: tf.Tensor) => tf.mul(dy, tf.cast(isChosen, 'float32'))

const cumsum: tf.GradConfig = {
  kernelName: 'Cumsum',
  gradFunc: (dy, _, attrs) => {
    const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) }
  },
}

/** [2, 3] tiled by [4, 1] comes as [4, 2, 3]: the copies get an axis of their own, which is summed. */
const tile: tf.GradConfig = {
  kernelName: 'Tile',
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const { reps } = attrs as unknown as tf.TileAttrs
    const split = x!.shape.flatMap((size, axis) => (reps[axis] === 1 ? [size] : [reps[axis]!, size]))
    const isCopies = x!.shape.flatMap((_, axis) => (reps[axis] === 1 ? [false] : [true, false]))
    const axes = isCopies.flatMap((is, axis) => (is ? [axis] : []))
    return { x: () => (axes.length === 0 ? (dy as tf.Tensor) : tf.sum(tf.reshape(dy as tf.Tensor, split), axes)) }
  },
}

const range = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i)

/** What the others of the row multiply to, zeros or not: the product of those before times that of those behind. */
const prod: tf.GradConfig = {
  kernelName: 'Prod',
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const shape = x!.shape
    const axes = tf.util.parseAxisParam((attrs as unknown as tf.ProdAttrs).axis, shape)
    const kept = range(shape.length).filter((axis) => !axes.includes(axis))
    const perm = [...kept, ...axes]
    const undo = range(shape.length).map((axis) => perm.indexOf(axis))
    return {
      x: () => {
        const moved = tf.transpose(x!, perm)
        const rows = tf.reshape(moved, [tf.util.sizeFromShape(kept.map((axis) => shape[axis]!)), -1])
        const others = tf.mul(tf.cumprod(rows, 1, true), tf.cumprod(rows, 1, true, true))
        const slope = tf.mul(tf.reshape(dy as tf.Tensor, [-1, 1]), others)
        return tf.transpose(tf.reshape(slope, moved.shape), undo)
      },
    }
  },
}

/** dy [batch, mid, indices, after] is added up by index into [batch, mid, x's axis, after], each of the batch for itself. */
const gather: tf.GradConfig = {
  kernelName: 'GatherV2',
  inputsToSave: ['x', 'indices'],
  gradFunc: (dy, [x, indices], attrs) => {
    const { axis, batchDims } = attrs as unknown as tf.GatherV2Attrs
    const place = tf.util.parseAxisParam(axis, x!.shape)[0]!
    const taken = indices!.shape.length - batchDims
    const size = x!.shape[place]!
    const batch = tf.util.sizeFromShape(x!.shape.slice(0, batchDims))
    const [mid, after] = [x!.shape.slice(batchDims, place), x!.shape.slice(place + 1)]
    const toFront = [
      ...range(batchDims),
      ...range(taken, place),
      ...range(mid.length, batchDims),
      ...range(after.length, place + taken),
    ]
    const toPlace = [
      ...range(batchDims),
      ...range(mid.length, batchDims + 1),
      batchDims,
      ...range(after.length, place + 1),
    ]
    return {
      x: () => {
        const flat = tf.reshape(tf.transpose(dy as tf.Tensor, toFront), [
          indices!.size,
          tf.util.sizeFromShape([...mid, ...after]),
        ])
        const starts = tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(size, 'int32'))
        const rows = tf.add(tf.reshape(indices!, [batch, -1]), tf.reshape(starts, [batch, 1]))
        const sums = tf.unsortedSegmentSum(flat, tf.reshape(rows, [-1]) as tf.Tensor1D, batch * size)
        return tf.transpose(tf.reshape(sums, [...x!.shape.slice(0, batchDims), size, ...mid, ...after]), toPlace)
      },
      indices: () => tf.zeros(indices!.shape, 'float32'),
    }
  },
}

const GRADIENTS: readonly tf.GradConfig[] = [
  ...['Equal', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr', 'NotEqual', 'FloorDiv'].map(
    (name) => flat(name, ['a', 'b']),
  ),
  ...['All', 'Any', 'LogicalNot'].map((name) => flat(name, ['x'])),
  ofTwo('Maximum', (dy, a, b) => [chosen(dy, tf.greaterEqual(a, b)), chosen(dy, tf.less(a, b))]),
  ofTwo('Minimum', (dy, a, b) => [chosen(dy, tf.lessEqual(a, b)), chosen(dy, tf.greater(a, b))]),
  ofTwo('SquaredDifference', (dy, a, b) => {
    const slope = tf.mul(dy, tf.mul(2, tf.sub(a, b)))
    return [slope, tf.neg(slope)]
  }),
  cumsum,
  gather,
  prod,
  tile,
]

/** Replaces tfjs's own, for every backend: they are right on each. May be called again. */
export function registerOwnGradients(): void {
  for (const gradient of [...GRADIENTS, ...CONV_GRADIENTS, ...MISSING_GRADIENTS, ...RANK_GRADIENTS])
    tf.registerGradient(gradient)
}

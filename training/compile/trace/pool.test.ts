/** Pooling, traced: forward beside tfjs's cpu backend, gradients beside plain loops in float64. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
// For what it does on import: it registers tfjs's gradients.
import '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { averagePool64, maxPool64, maxPoolGradient64, type Pooling } from '../../../test/fixtures/float64-pool.ts'
import { inBothLayouts } from '../../../test/fixtures/layouts.ts'
import { assertClose, assertSame, runDirect, runTraced, tracedGradients } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(41)
const draw = (shape: readonly number[]) =>
  Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => Math.fround(random.normal()))
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

type Op = (x: tf.Tensor) => tf.Tensor
type Pad = 'same' | 'valid' | number

const IMAGE = [2, 5, 7, 3]
const VOLUME = [2, 5, 4, 7, 2]

const max2 = (
  size: [number, number],
  strides: [number, number],
  pad: Pad,
  rounding?: 'floor' | 'round' | 'ceil',
): Op => {
  return (x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad, rounding)
}
const average2 = (size: [number, number], strides: [number, number], pad: Pad, rounding?: 'floor' | 'ceil'): Op => {
  return (x) => tf.avgPool(x as tf.Tensor4D, size, strides, pad, rounding)
}
type Three = [number, number, number]
const max3 = (size: Three, strides: Three, pad: Pad, rounding?: 'ceil'): Op => {
  return (x) => tf.maxPool3d(x as tf.Tensor5D, size, strides, pad, rounding)
}
const average3 = (size: Three, strides: Three, pad: Pad, rounding?: 'ceil'): Op => {
  return (x) => tf.avgPool3d(x as tf.Tensor5D, size, strides, pad, rounding)
}

const FORWARD: Readonly<Record<string, readonly [shape: number[], op: Op]>> = {
  'max 2×2 by 2, valid': [IMAGE, max2([2, 2], [2, 2], 'valid')],
  'max 3×2 by 2×1, same': [IMAGE, max2([3, 2], [2, 1], 'same')],
  'max 1×1 by 1': [IMAGE, max2([1, 1], [1, 1], 'valid')],
  'max 1×1 by 2, same': [IMAGE, max2([1, 1], [2, 2], 'same')],
  'max 3×3 by 2, one of padding, rounded up': [[2, 6, 7, 3], max2([3, 3], [2, 2], 1, 'ceil')],
  'max 3×3 by 2, one of padding, rounded': [[2, 6, 8, 3], max2([3, 3], [2, 2], 1, 'round')],
  'max of whole numbers': [IMAGE, (x) => max2([2, 2], [2, 2], 'valid')(tf.cast(tf.mul(x, 5), 'int32'))],
  'average 2×2 by 2, valid': [IMAGE, average2([2, 2], [2, 2], 'valid')],
  'average 3×3 by 1, same': [IMAGE, average2([3, 3], [1, 1], 'same')],
  'average 3×2 by 2×3, same': [IMAGE, average2([3, 2], [2, 3], 'same')],
  'average 3×3 by 2, one of padding, rounded up': [[2, 6, 7, 3], average2([3, 3], [2, 2], 1, 'ceil')],
  'max in volumes, 2×2×2 by 2, valid': [VOLUME, max3([2, 2, 2], [2, 2, 2], 'valid')],
  'max in volumes, 3×2×1 by 2×1×1, same': [VOLUME, max3([3, 2, 1], [2, 1, 1], 'same')],
  'max in volumes, 3×3×3 by 2, one of padding, rounded up': [VOLUME, max3([3, 3, 3], [2, 2, 2], 1, 'ceil')],
  'average in volumes, 2×2×2 by 2, valid': [VOLUME, average3([2, 2, 2], [2, 2, 2], 'valid')],
  'average in volumes, 3×3×2 by 1×2×1, same': [VOLUME, average3([3, 3, 2], [1, 2, 1], 'same')],
  'tf.pool, dilated': [IMAGE, (x) => tf.pool(x as tf.Tensor4D, [2, 2], 'max', 'valid', [2, 2])],
  'largest with their places': [
    IMAGE,
    (x) =>
      tf.concat(
        Object.values(withPlaces(x, false)).map((t) => tf.cast(t, 'float32')),
        0,
      ),
  ],
  'largest with their places in the batch': [
    IMAGE,
    (x) =>
      tf.concat(
        Object.values(withPlaces(x, true)).map((t) => tf.cast(t, 'float32')),
        0,
      ),
  ],
}

function withPlaces(x: tf.Tensor, inBatch: boolean): tf.NamedTensorMap {
  return tf.maxPoolWithArgmax(x as tf.Tensor4D, [2, 3], [2, 2], 'same', inBatch)
}

for (const [name, [shape, op]] of Object.entries(FORWARD)) {
  test(`pooling is tfjs's in either layout: ${name}`, async () => {
    const values = [draw(shape)]
    for (const program of inBothLayouts(op)) {
      assertSame(await runTraced(program, [shape], values), runDirect(program, [shape], values), name)
    }
  })
}

/** An image as a volume of depth 1. */
const flat = (pooling: Omit<Pooling, 'samples' | 'channels'>): Pooling => ({ ...pooling, samples: 2, channels: 2 })

const GRADIENTS: Readonly<Record<string, readonly [op: 'max' | 'average', shape: number[], run: Op, as: Pooling]>> = {
  'average in images, padded': [
    'average',
    [2, 4, 5, 2],
    average2([3, 3], [2, 1], 'same'),
    flat({ input: [1, 4, 5], output: [1, 2, 5], size: [1, 3, 3], strides: [1, 2, 1], before: [0, 0, 1] }),
  ],
  'average in images, rounded up': [
    'average',
    [2, 4, 5, 2],
    average2([2, 2], [3, 3], 0, 'ceil'),
    flat({ input: [1, 4, 5], output: [1, 2, 2], size: [1, 2, 2], strides: [1, 3, 3], before: [0, 0, 0] }),
  ],
  'average in volumes, padded': [
    'average',
    [2, 3, 4, 5, 2],
    average3([3, 2, 3], [2, 2, 1], 'same'),
    flat({ input: [3, 4, 5], output: [2, 2, 5], size: [3, 2, 3], strides: [2, 2, 1], before: [1, 0, 1] }),
  ],
  'max in images, windows that overlap': [
    'max',
    [2, 4, 5, 2],
    max2([3, 3], [2, 1], 'same'),
    flat({ input: [1, 4, 5], output: [1, 2, 5], size: [1, 3, 3], strides: [1, 2, 1], before: [0, 0, 1] }),
  ],
  'max in volumes, windows that are no cubes, some voxels unseen': [
    'max',
    [2, 3, 4, 6, 2],
    max3([2, 3, 2], [2, 2, 3], 'valid'),
    flat({ input: [3, 4, 6], output: [1, 1, 2], size: [2, 3, 2], strides: [2, 2, 3], before: [0, 0, 0] }),
  ],
  'max in volumes, padded and overlapping': [
    'max',
    [2, 3, 4, 5, 2],
    max3([3, 2, 3], [2, 2, 1], 'same'),
    flat({ input: [3, 4, 5], output: [2, 2, 5], size: [3, 2, 3], strides: [2, 2, 1], before: [1, 0, 1] }),
  ],
}

for (const [name, [kind, shape, op, pooling]] of Object.entries(GRADIENTS)) {
  test(`pooling's gradient is that of central differences: ${name}`, async () => {
    const x = draw(shape)
    const pool = kind === 'max' ? maxPool64 : averagePool64
    const weights = draw([pool(x, pooling).length])
    const expected = centralDifferences((values) => dot(pool(values, pooling), weights), x)
    for (const program of inBothLayouts(op)) {
      const loss = (...[t]: tf.Tensor[]) => {
        const y = program(t!) as tf.Tensor
        return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)))
      }
      const [gradient] = await tracedGradients(loss, [shape], [x])
      assertClose(gradient!, expected, name)
    }
  })
}

test('of equal maxima the first gets the gradient in images and the last in volumes, as in tfjs', async () => {
  const cases = [
    ['first', [1, 4, 4, 1], max2([2, 2], [1, 1], 'valid'), { input: [1, 4, 4], output: [1, 3, 3], size: [1, 2, 2] }],
    [
      'last',
      [1, 2, 4, 4, 1],
      max3([2, 2, 2], [1, 1, 1], 'valid'),
      { input: [2, 4, 4], output: [1, 3, 3], size: [2, 2, 2] },
    ],
  ] as const
  for (const [ofEquals, shape, op, box] of cases) {
    const x = Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => (i * 7) % 3)
    const dy = Array.from({ length: 9 }, (_, i) => 2 ** i)
    const loss = (t: tf.Tensor) => {
      const y = op(t)
      return tf.sum(tf.mul(y, tf.tensor(dy, y.shape)))
    }
    const pooling: Pooling = { ...box, samples: 1, channels: 1, strides: [1, 1, 1], before: [0, 0, 0] }
    const expected = maxPoolGradient64(x, dy, pooling, ofEquals)
    const [gradient] = await tracedGradients((...[t]) => loss(t!), [shape], [x])
    assert.deepEqual(gradient, expected)
    const direct = tf
      .grad(loss as (x: tf.Tensor) => tf.Scalar)(tf.tensor(x, [...shape]))
      .dataSync()
    assert.deepEqual(Array.from(direct), expected)
  }
})

test('a window that could lie in padding alone is refused with both numbers', async () => {
  const program = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 1, 2)
  await assert.rejects(
    runTraced(program as (...xs: tf.Tensor[]) => tf.Tensor, [IMAGE], [draw(IMAGE)]),
    /kernel 'MaxPool', called by tf\.maxPool: padding of \[2,2\] before and \[2,2\] after .* window of \[2,2\]/,
  )
})

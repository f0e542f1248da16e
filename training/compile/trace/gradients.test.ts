/** Gradients that tfjs's autodiff gives and the traced graph computes, against central differences in float64. */
import '../cpu-backend.ts'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, centralDifferences, conv64, fold64, standardize64 } from '../../../test/fixtures/float64.ts'
import { assertClose, tracedGradients } from '../../../test/fixtures/traced.ts'
import { depthToSpace, spaceToDepth } from '../layers/block3d.ts'
import { EPSILON, standardize } from '../layers/instance-norm.ts'
import { seededRandom } from '../random.ts'

const random = seededRandom(7)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))
const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

before(() => tf.setBackend('cpu'))

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const BOX: Box = [4, 2, 6]

for (const k of [1, 3]) {
  test(`a ${k}×${k}×${k} convolution's gradients by input and filter are those of central differences`, async () => {
    const [ci, co] = [2, 3]
    const shapes = [
      [1, ...BOX, ci],
      [k, k, k, ci, co],
    ]
    const values = shapes.map((shape) => draw(count(shape)))
    const weights = draw(count(BOX) * co)
    const c = tf.tensor(weights, [1, ...BOX, co])
    const f = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.sum(tf.mul(tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, 'same'), c))
    const gradients = await tracedGradients(f as (...xs: tf.Tensor[]) => tf.Tensor, shapes, values)
    const reference = (x: number[], filter: number[]) => dot(conv64(x, BOX, ci, filter, k, co), weights)
    const byInput = centralDifferences((x) => reference(x, values[1]!), values[0]!)
    const byFilter = centralDifferences((filter) => reference(values[0]!, filter), values[1]!)
    assertClose(gradients[0]!, byInput, 'input')
    assertClose(gradients[1]!, byFilter, 'filter')
  })
}

test('a batch of two gives the sum of the two filter gradients', async () => {
  const [ci, co, k] = [2, 2, 3]
  const samples = [draw(count(BOX) * ci), draw(count(BOX) * ci)]
  const filter = draw(k ** 3 * ci * co)
  const f = (x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.square(tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same')))
  const shapes = [
    [2, ...BOX, ci],
    [k, k, k, ci, co],
  ]
  const [, byFilter] = await tracedGradients(f as (...xs: tf.Tensor[]) => tf.Tensor, shapes, [samples.flat(), filter])
  const reference = (w: number[]) =>
    samples.reduce((sum, x) => sum + dot(conv64(x, BOX, ci, w, k, co), conv64(x, BOX, ci, w, k, co)), 0)
  assertClose(byFilter!, centralDifferences(reference, filter), 'filter')
})

test('the gradient of standardisation is that of central differences', async () => {
  const channels = 2
  const x = draw(count(BOX) * channels)
  const weights = draw(x.length)
  const c = tf.tensor(weights, [1, ...BOX, channels])
  const [gradient] = await tracedGradients((t) => tf.sum(tf.mul(standardize(t!), c)), [[1, ...BOX, channels]], [x])
  assertClose(
    gradient!,
    centralDifferences((v) => dot(standardize64(v, channels, EPSILON), weights), x),
    'x',
  )
})

test('folding blocks into channels and unfolding them have the gradients of their permutation', async () => {
  const x = draw(count(BOX) * 2)
  const weights = draw(x.length)
  const folded = tf.tensor(weights, [1, 2, 1, 3, 16])
  const [fold] = await tracedGradients((t) => tf.sum(tf.mul(spaceToDepth(t!), folded)), [[1, ...BOX, 2]], [x])
  assertClose(
    fold!,
    centralDifferences((v) => dot(fold64(v, BOX, 2), weights), x),
    'fold',
  )
  const unfolded = tf.tensor(weights, [1, ...BOX, 2])
  const [unfold] = await tracedGradients((t) => tf.sum(tf.mul(depthToSpace(t!), unfolded)), [[1, 2, 1, 3, 16]], [x])
  // Unfolding undoes folding, so its gradient is the folding of the weights.
  assertClose(unfold!, fold64(weights, BOX, 2), 'unfold')
})

test('the leaky ReLU passes positive gradients whole and negative ones by its slope', async () => {
  const x = draw(24)
  const weights = draw(24)
  const c = tf.tensor(weights, [1, 2, 2, 3, 2])
  const [gradient] = await tracedGradients((t) => tf.sum(tf.mul(tf.leakyRelu(t!, 0.01), c)), [[1, 2, 2, 3, 2]], [x])
  assertClose(
    gradient!,
    x.map((value, i) => (value > 0 ? 1 : 0.01) * weights[i]!),
    'x',
  )
})

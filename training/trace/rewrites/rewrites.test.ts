/** Every rewrite gives the numbers of the graph before it, takes what it should, and leaves alone what only looks alike. */
import '@tensorflow/tfjs-backend-cpu'
// tfjs's own gradients are registered by its layers.
import '@tensorflow/tfjs-layers'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { assertSameRewritten } from '../../../test/fixtures/rewritten.ts'
import { seededRandom } from '../../random.ts'
import { foldConvBias } from './conv-bias.ts'
import { fuseDotProducts } from './dot-product.ts'
import { forDevice } from './for-device.ts'
import { fuseLeakyReluGradient } from './leaky-relu-gradient.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(6)
const SHAPE = [2, 3, 2, 4, 5]
const input = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
/** A convolution that copies: what comes out lies channels-first. */
const copied = (x: tf.Tensor) =>
  tf.conv3d(x as tf.Tensor5D, tf.reshape(tf.eye(x.shape[4]!), [1, 1, 1, x.shape[4]!, x.shape[4]!]), 1, 'same')
const count = (ops: string[], op: string) => ops.filter((name) => name === op).length

test('a bias after a convolution becomes its third input, reshaped as layers do or not', async () => {
  const layers = (b: tf.Tensor) => tf.reshape(b, [1, 1, 1, 1, 5])
  for (const shaped of [layers, (b: tf.Tensor) => b]) {
    const program = ({ x, b }: Record<string, tf.Tensor>) => ({ y: tf.add(copied(x!), shaped(b!)) })
    const ops = await assertSameRewritten(program, { x: input(SHAPE), b: input([5]) }, foldConvBias)
    assert.deepEqual([count(ops.before, 'Add'), count(ops.after, 'Add')], [1, 0])
  }
})

test('a convolution that is read twice, or plus something that is no bias, keeps its sum', async () => {
  const twice = ({ x, b }: Record<string, tf.Tensor>) => {
    const conv = copied(x!)
    return { y: tf.mul(tf.add(conv, b!), conv) }
  }
  const samples = ({ x, b }: Record<string, tf.Tensor>) => ({ y: tf.add(copied(x!), tf.reshape(b!, [2, 1, 1, 1, 5])) })
  const columns = ({ x, b }: Record<string, tf.Tensor>) => ({ y: tf.add(copied(x!), tf.reshape(b!, [1, 1, 1, 5, 2])) })
  const cases = [
    { program: twice, x: SHAPE, b: [5] },
    { program: samples, x: SHAPE, b: [10] },
    { program: columns, x: [1, 2, 2, 5, 2], b: [10] },
  ]
  for (const { program, x, b } of cases) {
    const { before, after } = await assertSameRewritten(program, { x: input(x), b: input(b) }, foldConvBias)
    assert.deepEqual(after, before)
  }
})

test('the leaky ReLU’s gradient is a product, with α at 0 and below', async () => {
  const x = input(SHAPE)
  x.data[7] = 0
  const program = (inputs: Record<string, tf.Tensor>) => ({
    dx: tf.grad((t) => tf.leakyRelu(t, 0.1))(inputs['x']!, inputs['dy']!),
  })
  const ops = await assertSameRewritten(program, { x, dy: input(SHAPE) }, fuseLeakyReluGradient)
  assert.deepEqual([count(ops.before, 'Where'), count(ops.after, 'Where')], [1, 0])
})

test('a choice between other values stays a choice', async () => {
  const program = ({ x, y }: Record<string, tf.Tensor>) => ({ z: tf.where(tf.greater(x!, 0), x!, tf.mul(y!, 0.1)) })
  const { before, after } = await assertSameRewritten(
    program,
    { x: input(SHAPE), y: input(SHAPE) },
    fuseLeakyReluGradient,
  )
  assert.deepEqual(after, before)
})

test('a sum over space of a product is one product of rows', async () => {
  for (const keep of [true, false]) {
    const program = ({ x, y }: Record<string, tf.Tensor>) => ({
      s: tf.sum(tf.mul(copied(x!), copied(y!)), [1, 2, 3], keep),
    })
    const ops = await assertSameRewritten(program, { x: input(SHAPE), y: input(SHAPE) }, fuseDotProducts)
    assert.deepEqual([count(ops.before, 'ReduceSum'), count(ops.after, 'ReduceSum')], [1, 0])
    assert.equal(count(ops.after, 'FusedMatMul'), 1)
  }
})

test('a sum of a product with a broadcast factor stays', async () => {
  const program = ({ x, b }: Record<string, tf.Tensor>) => ({
    s: tf.sum(tf.mul(copied(x!), tf.reshape(b!, [1, 1, 1, 1, 5])), [1, 2, 3], true),
  })
  const { before, after } = await assertSameRewritten(program, { x: input(SHAPE), b: input([5]) }, fuseDotProducts)
  assert.deepEqual(after, before)
})

test('only the cpu provider gets operators beyond standard ONNX', async () => {
  const program = ({ x, y }: Record<string, tf.Tensor>) => ({
    s: tf.sum(tf.mul(copied(x!), copied(y!)), [1, 2, 3], true),
  })
  const inputs = { x: input(SHAPE), y: input(SHAPE) }
  for (const device of ['webgpu', 'cuda'] as const) {
    const ops = await assertSameRewritten(program, inputs, (graph) => forDevice(graph, device))
    assert.equal(count(ops.after, 'FusedMatMul'), 0)
  }
  const ops = await assertSameRewritten(program, inputs, (graph) => forDevice(graph, 'cpu'))
  assert.equal(count(ops.after, 'FusedMatMul'), 1)
})

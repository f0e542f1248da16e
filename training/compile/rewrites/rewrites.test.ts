/** Every rewrite gives the numbers of the graph before it, takes what it should, and leaves alone what only looks alike. */
import '../cpu-backend.ts'
// tfjs's own gradients are registered by its layers.
import '@tensorflow/tfjs-layers'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { assertSameRewritten } from '../../../test/fixtures/rewritten.ts'
import { seededRandom } from '../random.ts'
import { foldConvBias } from './conv-bias.ts'
import { convolveByPlanes } from './conv-by-planes.ts'
import { fuseDotProducts } from './dot-product.ts'
import { forDevice } from './for-device.ts'
import { fuseLeakyReluGradient } from './leaky-relu-gradient.ts'
import { reduceInStages } from './reduce-in-stages.ts'

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

test('a convolution over space is one over planes, its gradient too, whatever the kernel and the padding', async () => {
  for (const [kernel, pad] of [
    [[3, 3, 3], 'same'],
    [[1, 3, 5], 'same'],
    [[3, 1, 1], 'same'],
    [[2, 2, 3], 'valid'],
  ] as const) {
    const program = ({ x, w }: Record<string, tf.Tensor>) => {
      const convolved = (t: tf.Tensor) => tf.conv3d(t as tf.Tensor5D, w as tf.Tensor5D, 1, pad)
      return { y: tf.mul(convolved(x!), 2), dx: tf.mul(tf.grad(convolved)(x!), 2) }
    }
    const inputs = { x: input([2, 4, 5, 6, 2]), w: input([...kernel, 2, 3]) }
    const ops = await assertSameRewritten(program, inputs, convolveByPlanes)
    assert.equal(count(ops.before, 'Conv'), count(ops.after, 'Conv'))
    assert.ok(count(ops.after, 'Transpose') > count(ops.before, 'Transpose'))
  }
})

test('a strided, a dilated and a voxelwise convolution stay as they are', async () => {
  for (const program of [
    ({ x, w }: Record<string, tf.Tensor>) => ({ y: tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 2, 'same') }),
    ({ x, w }: Record<string, tf.Tensor>) => ({
      y: tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same', 'NDHWC', [2, 2, 2]),
    }),
    ({ x }: Record<string, tf.Tensor>) => ({ y: tf.mul(copied(x!), 2) }),
  ]) {
    const inputs = { x: input([1, 4, 5, 6, 5]), w: input([3, 3, 3, 5, 3]) }
    const { before, after } = await assertSameRewritten(program, inputs, convolveByPlanes)
    assert.deepEqual(after, before)
  }
})

test('sums, means and maxima of many values are taken in two steps, those of few or of few values in one', async () => {
  const MANY = [2, 16, 18, 20, 3]
  for (const [shape, axes, steps] of [
    [MANY, [1, 2, 3], 2],
    [MANY, [0, 1, 2, 3], 2],
    [MANY, [0, 1, 2, 3, 4], 2],
    [MANY, [4], 1],
    [[2, 4, 5, 6, 3], [1, 2, 3], 1],
  ] as const)
    for (const keep of [true, false])
      for (const reduce of [tf.sum, tf.mean, tf.max]) {
        const program = ({ x }: Record<string, tf.Tensor>) => {
          return { y: tf.mul(reduce(copied(x!), [...axes], keep), 2) }
        }
        // eighths, whose sums float32 holds exactly in any order
        const x = input([...shape])
        for (const [i, value] of x.data.entries()) x.data[i] = Math.round(8 * value) / 8
        const { before, after } = await assertSameRewritten(program, { x }, reduceInStages)
        const reductions = (ops: string[]) => ops.filter((op) => op.startsWith('Reduce')).length
        assert.equal(reductions(after), steps * reductions(before), `${axes} of ${shape}`)
      }
})

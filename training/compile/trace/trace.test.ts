import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '../random.ts'
import { float32, openRuntime } from '../runtime.ts'
import { trace } from './trace.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(3)
const draw = (length: number) => Float32Array.from({ length }, () => random.normal())

/** tfjs program → its results on the cpu backend and through the traced graph. */
async function both(
  program: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  shape: number[],
): Promise<[number[], number[]]> {
  const size = shape.reduce((a, b) => a * b, 1)
  const [x, y] = [draw(size), draw(size).map((value) => Math.abs(value) + 0.5)]
  const graph = await trace((inputs) => ({ out: tf.cast(program(inputs['x']!, inputs['y']!), 'float32') }), {
    inputs: { x: shape, y: shape },
  })
  const runtime = await openRuntime(graph, 'cpu', 1)
  const traced = (await runtime.run({ x: float32(x, shape), y: float32(y, shape) }))['out']!
  await runtime.close()
  const direct = tf.cast(program(tf.tensor(x, shape), tf.tensor(y, shape)), 'float32')
  assert.deepEqual([...traced.dims], direct.shape)
  return [Array.from(traced.data as Float32Array), Array.from(direct.dataSync())]
}

/** Puts x into channels-first by a convolution that copies it, so that the kernel under test meets that layout. */
const identity = (c: number) => tf.reshape(tf.eye(c), [1, 1, 1, c, c]) as tf.Tensor5D
const moved = (x: tf.Tensor) => tf.conv3d(x as tf.Tensor5D, identity(x.shape[4]!), 1, 'same')

const voxels = (x: tf.Tensor) => tf.reshape(x, [1, 16, 2]) as tf.Tensor3D

const PROGRAMS: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor>> = {
  abs: (x) => tf.abs(x),
  add: (x, y) => tf.add(x, y),
  'add of a vector': (x) => tf.add(x, tf.tensor1d([1, -2])),
  'add of a scalar': (x) => tf.add(x, 3),
  concat: (x, y) => tf.concat([x, y], -1),
  'concat along depth': (x, y) => tf.concat([x, y], 1),
  div: (x, y) => tf.div(x, y),
  elu: (x) => tf.elu(x),
  equal: (x, y) => tf.equal(tf.floor(x), tf.floor(y)),
  erf: (x) => tf.erf(x),
  exp: (x) => tf.exp(x),
  fill: (x) => tf.add(x, tf.fill([1, 2, 4, 2, 2], 7)),
  greater: (x, y) => tf.greater(x, y),
  greaterEqual: (x, y) => tf.greaterEqual(x, y),
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  less: (x, y) => tf.less(x, y),
  log: (_, y) => tf.log(y),
  matMul: (x, y) =>
    tf.matMul(tf.reshape(x, [1, 8, 4]) as tf.Tensor3D, tf.reshape(y, [1, 8, 4]) as tf.Tensor3D, false, true),
  'matMul of voxels by a matrix': (x) => tf.matMul(voxels(x), tf.tensor3d([1, -2, 3, 4, 5, 6], [1, 2, 3])),
  'matMul of voxels by a transposed matrix': (x) =>
    tf.matMul(voxels(x), tf.tensor3d([1, -2, 3, 4, 5, 6], [1, 3, 2]), false, true),
  'max over channels': (x) => tf.max(x, -1),
  'max over channels, kept': (x) => tf.max(x, -1, true),
  maximum: (x, y) => tf.maximum(x, y),
  'mean over space, kept': (x) => tf.mean(x, [1, 2, 3], true),
  'mean over space': (x) => tf.mean(x, [1, 2, 3]),
  'mean over depth': (x) => tf.mean(x, 1),
  'min over all': (x) => tf.min(x),
  minimum: (x, y) => tf.minimum(x, y),
  mul: (x, y) => tf.mul(x, y),
  neg: (x) => tf.neg(x),
  onesLike: (x) => tf.onesLike(x),
  pow: (_, y) => tf.pow(y, 1.7),
  'prod over channels': (x) => tf.prod(x, -1),
  reciprocal: (_, y) => tf.reciprocal(y),
  relu: (x) => tf.relu(x),
  reshape: (x) => tf.reshape(x, [2, -1]),
  'reshape of space alone': (x) => tf.reshape(voxels(x), [1, 4, 4, 2]),
  rsqrt: (_, y) => tf.rsqrt(y),
  sigmoid: (x) => tf.sigmoid(x),
  slice: (x) => tf.slice(x, [0, 1, 1, 0, 1], [1, 1, 2, 2, 1]),
  softmax: (x) => tf.softmax(x),
  sqrt: (_, y) => tf.sqrt(y),
  square: (x) => tf.square(x),
  squaredDifference: (x, y) => tf.squaredDifference(x, y),
  step: (x) => tf.step(x),
  sub: (x, y) => tf.sub(x, y),
  'sum over all': (x) => tf.sum(x),
  tanh: (x) => tf.tanh(x),
  transpose: (x) => tf.transpose(x, [0, 3, 1, 4, 2]),
  where: (x, y) => tf.where(tf.greater(x, 0), x, y),
  zerosLike: (x, y) => tf.add(tf.zerosLike(x), y),
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`${name} is the same traced and in tfjs, in either layout`, async () => {
    for (const layout of [(x: tf.Tensor) => x, moved]) {
      const [traced, direct] = await both((x, y) => program(layout(x), layout(y)), [1, 2, 4, 2, 2])
      assert.equal(traced.length, direct.length)
      for (const [i, value] of direct.entries()) assert.ok(Math.abs(traced[i]! - value) <= 1e-5 * (1 + Math.abs(value)))
    }
  })
}

test('a kernel without an ONNX form is refused by its name, the op that called it and the reason', async () => {
  const program = (inputs: Record<string, tf.Tensor>) => ({ y: tf.unique(inputs['x']!).values })
  await assert.rejects(
    trace(program, { inputs: { x: [4] } }),
    /kernel 'Unique', called by tf\.unique, has no ONNX form: how many results there are depends on the values/,
  )
})

test('reading a value while tracing is refused', async () => {
  const program = (inputs: Record<string, tf.Tensor>) => ({ y: tf.mul(inputs['x']!, inputs['x']!.dataSync()[0]!) })
  await assert.rejects(trace(program, { inputs: { x: [4] } }), /read while tracing/)
})

test('after a trace, failed or not, tfjs computes as before and weights keep their values', async () => {
  const v = tf.variable(tf.tensor1d([1, 2]))
  const program = (inputs: Record<string, tf.Tensor>) => {
    v.assign(tf.add(v, inputs['x']!) as tf.Tensor1D)
    return { y: tf.sum(v) }
  }
  const graph = await trace(program, { inputs: { x: [2] }, variables: { v } })
  assert.deepEqual(
    graph.outputs.map((output) => output.name),
    ['y', 'v.next'],
  )
  assert.equal(tf.getBackend(), 'cpu')
  assert.deepEqual(Array.from(v.dataSync()), [1, 2])
})

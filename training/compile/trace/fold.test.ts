import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { trace } from './trace.ts'

before(() => tf.setBackend('cpu'))

test('sizes computed as tensors are known while tracing and leave no nodes', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const [rows, columns] = tf.unstack(tf.tensor1d(x!.shape, 'int32'))
    const shape = tf.stack([tf.mul(columns!, tf.scalar(2, 'int32')), tf.floorDiv(rows!, tf.scalar(2, 'int32'))])
    return { y: tf.reshape(x!, Array.from(shape.dataSync())) }
  }
  const graph = await trace(program, { inputs: { x: [4, 3] } })
  assert.deepEqual(graph.outputs[0]!.shape, [6, 2])
  assert.deepEqual(
    graph.nodes.map(({ op }) => op),
    ['Reshape', 'Identity'],
  )
})

test('a whole number that comes from an input is not folded, and reading it is refused', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => {
    const ids = tf.add(tf.cast(x!, 'int32'), tf.scalar(1, 'int32'))
    return { y: tf.reshape(x!, Array.from(ids.dataSync())) }
  }
  await assert.rejects(trace(program, { inputs: { x: [2] } }), /read while tracing/)
})

test('weights are not folded: only whole numbers are sizes', async () => {
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    y: tf.add(x!, tf.mul(tf.tensor1d([1.5, 2]), tf.tensor1d([2, 3]))),
  })
  const { nodes } = await trace(program, { inputs: { x: [2] } })
  assert.deepEqual(
    nodes.map(({ op }) => op),
    ['Mul', 'Add', 'Identity'],
  )
})

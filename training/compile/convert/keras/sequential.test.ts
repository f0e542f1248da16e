/** Sequential models that do not state their shape where tfjs looks for it. */
import '../../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { converted, outputOf } from '../../../../test/fixtures/run-converted.ts'
import { floatWeight } from '../../../../test/fixtures/tfjs-files.ts'

before(() => tf.setBackend('cpu'))

const UNITS = [1, 0, 0, 0, 1, 0, 0, 0, 1]
const dense = (name: string) => ({ class_name: 'Dense', config: { name, units: 3, use_bias: false } })
const sequential = (name: string, layers: object[], more: object = {}) => ({
  class_name: 'Sequential',
  config: { name, layers, ...more },
})
const [first, second] = [
  [1, 2, 3, 0, 1, 0, 0, 0, 1],
  [2, 0, 0, 0, 3, 0, 1, 0, 1],
]
const weights = [floatWeight('a/kernel', [3, 3], first), floatWeight('b/kernel', [3, 3], second)]
// The product of the two kernels.
const PRODUCT = [2 + 3, 2 * 3, 3, 0, 3, 0, 1, 0, 1]

test('the shape beside the layers is that of the first', async () => {
  const model = sequential('s', [dense('a'), dense('b')], { build_input_shape: [null, 3] })
  assert.deepEqual(await outputOf(await converted(model, weights), UNITS, [3, 3]), PRODUCT)
})

test('an inner model without a shape takes what the layer before it gives', async () => {
  const model = sequential('s', [dense('a'), sequential('inner', [dense('b')])], { build_input_shape: [null, 3] })
  assert.deepEqual(await outputOf(await converted(model, weights), UNITS, [3, 3]), PRODUCT)
})

test('a model without any shape is refused by its name, and told what is missing', async () => {
  const message = /^the Sequential model 's' states no shape of its input .*begin it with an Input layer/
  await assert.rejects(converted(sequential('s', [dense('a'), dense('b')]), weights), { message })
})

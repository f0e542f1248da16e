/** Every activation that a layer of tfjs-layers can name: traced, with its gradient, as on tfjs's cpu backend. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { type Program, runDirect, runTraced } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const NAMES =
  'elu gelu gelu_new hardSigmoid linear logSoftmax mish relu relu6 selu sigmoid softmax softplus softsign swish tanh'
const SHAPE = [4, 6]
const random = seededRandom(31)
const x = Float32Array.from({ length: 24 }, () => 3 * random.normal())

test('the list holds every registered activation', () => {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  const isActivation = (name: string) =>
    'apply' in classNameMap[name]![0].prototype && name === `${name[0]!.toLowerCase()}${name.slice(1)}`
  assert.deepEqual(Object.keys(classNameMap).filter(isActivation).sort(), NAMES.split(' '))
})

for (const name of NAMES.split(' ')) {
  test(`the activation ${name} and its gradient are the same traced and in tfjs`, async () => {
    const layer = tfl.layers.activation({ activation: name as 'relu' })
    const apply = (t: tf.Tensor) => layer.apply(t) as tf.Tensor
    const program: Program = (t) => [apply(t!), tf.grad((v) => tf.sum(tf.square(apply(v))))(t!)]
    const direct = runDirect(program, [SHAPE], [x])
    for (const [i, traced] of (await runTraced(program, [SHAPE], [x])).entries())
      for (const [at, value] of direct[i]!.values.entries())
        assert.ok(
          Math.abs(traced.values[at]! - value) <= 2e-5 * (1 + Math.abs(value)),
          `${traced.values[at]} is not ${value}`,
        )
  })
}

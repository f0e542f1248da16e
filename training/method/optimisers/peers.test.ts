/** Five steps of every optimiser that tfjs defines in the same way, against tfjs's own at a constant rate. */
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { assertSame, GRADIENTS, inTfjs, SHAPES, variables } from '../../../test/fixtures/optimiser.ts'
import type { OptimiserSpec } from './optimiser.ts'

before(() => tf.setBackend('cpu'))

const RATES = [0.1, 0.1, 0.1, 0.1, 0.1]
const none = { weightDecay: 0, maxGradientNorm: null }
const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-4 }
const rmsprop = { kind: 'rmsprop', decay: 0.8, momentum: 0, epsilon: 1e-3, centred: false } as const
const PEERS: Readonly<Record<string, [OptimiserSpec, () => tf.Optimizer]>> = {
  'gradient descent': [{ kind: 'sgd', ...none }, () => tf.train.sgd(0.1)],
  momentum: [{ kind: 'momentum', momentum: 0.9, nesterov: false, ...none }, () => tf.train.momentum(0.1, 0.9)],
  'Nesterov momentum': [
    { kind: 'momentum', momentum: 0.9, nesterov: true, ...none },
    () => tf.train.momentum(0.1, 0.9, true),
  ],
  RMSprop: [{ ...rmsprop, ...none }, () => tf.train.rmsprop(0.1, 0.8, 0, 1e-3)],
  'RMSprop with momentum': [{ ...rmsprop, momentum: 0.5, ...none }, () => tf.train.rmsprop(0.1, 0.8, 0.5, 1e-3)],
  Adam: [{ kind: 'adam', ...adam, ...none }, () => tf.train.adam(0.1, 0.9, 0.99, 1e-4)],
}

for (const [name, [spec, peer]] of Object.entries(PEERS)) {
  test(`${name} takes the steps of tfjs's own`, () => {
    const weights = variables()
    const optimizer = peer()
    for (const gradients of GRADIENTS) {
      optimizer.applyGradients(
        Object.entries(weights).map(([name, variable]) => ({
          name: variable.name,
          tensor: tf.tensor(gradients[name]!, SHAPES[name]!),
        })),
      )
    }
    const expected = Object.fromEntries(
      Object.entries(weights).map(([name, variable]) => [name, Array.from(variable.dataSync())]),
    )
    assertSame(inTfjs(spec, RATES).weights, expected, 'tfjs')
  })
}

/**
 * tfjs's own optimisers in a trace: their slots, declared as variables of the trace, become graph inputs and outputs.
 * tfjs makes the slots at the first step, so one step runs before the trace. Their learning rate is a constant of the
 * graph, which is why training uses optimiser.ts.
 */
import '../../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { float32, openRuntime } from '../../compile/runtime.ts'
import { trace } from '../../compile/trace/trace.ts'

before(() => tf.setBackend('cpu'))

const SHAPE = [2, 2]
const START = [1, -2, 0.5, 3]
const GRADIENTS = [
  [0.5, -1, 0.25, 2],
  [-0.5, -1, 0.125, 1],
  [1, 0.75, -0.25, -0.5],
  [0.3, -0.2, 0.1, 0.4],
]

interface Case {
  readonly open: () => tf.Optimizer
  /** Variables that the optimiser keeps for one weight. */
  readonly slots: number
}

const OPTIMISERS: Readonly<Record<string, Case>> = {
  sgd: { open: () => tf.train.sgd(0.1), slots: 0 },
  momentum: { open: () => tf.train.momentum(0.1, 0.9), slots: 1 },
  'momentum, Nesterov': { open: () => tf.train.momentum(0.1, 0.9, true), slots: 1 },
  rmsprop: { open: () => tf.train.rmsprop(0.1, 0.9, 0.5), slots: 2 },
  'rmsprop, centred': { open: () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-7, true), slots: 3 },
  // Adam keeps β1^t and β2^t as variables, Adamax β1^t and t.
  adam: { open: () => tf.train.adam(0.1), slots: 4 },
  adamax: { open: () => tf.train.adamax(0.1), slots: 4 },
  adagrad: { open: () => tf.train.adagrad(0.1), slots: 1 },
  adadelta: { open: () => tf.train.adadelta(0.1, 0.9), slots: 2 },
}

for (const [name, { open, slots }] of Object.entries(OPTIMISERS)) {
  test(`tf.train.${name} traced takes the steps that tfjs takes`, async () => {
    const weight = tf.variable(tf.tensor(START, SHAPE))
    const before = new Set(Object.keys(tf.engine().registeredVariables))
    const optimizer = open()
    const apply = (gradient: tf.Tensor) => optimizer.applyGradients([{ name: weight.name, tensor: gradient }])
    apply(tf.tensor(GRADIENTS[0]!, SHAPE))
    const kept = Object.entries(tf.engine().registeredVariables).filter(([key]) => !before.has(key))
    assert.equal(kept.length, slots)

    const held = { weight, ...Object.fromEntries(kept) }
    const program = (inputs: Record<string, tf.Tensor>) => {
      apply(inputs['gradient']!)
      return {}
    }
    const graph = await trace(program, { inputs: { gradient: SHAPE }, variables: held })
    const runtime = await openRuntime(graph, 'cpu', 1)
    const state = Object.entries(held).map(([key, variable]) => {
      return [key, float32(Float32Array.from(variable.dataSync()), variable.shape)] as const
    })
    let feeds = Object.fromEntries(state)
    for (const gradient of GRADIENTS.slice(1)) {
      const outputs = await runtime.run({ ...feeds, gradient: float32(Float32Array.from(gradient), SHAPE) })
      feeds = Object.fromEntries(Object.keys(held).map((key) => [key, outputs[`${key}.next`]!]))
      apply(tf.tensor(gradient, SHAPE))
    }
    await runtime.close()
    for (const [key, variable] of Object.entries(held)) {
      const traced = Array.from(feeds[key]!.data as Float32Array)
      for (const [i, value] of variable.dataSync().entries())
        assert.ok(Math.abs(traced[i]! - value) < 1e-6 * (1 + Math.abs(value)), `${key}[${i}]: ${traced[i]}, ${value}`)
    }
    assert.ok(
      weight.dataSync().every((value, i) => value !== START[i]),
      'every weight moved',
    )
  })
}

test('tfjs’s own centred RMSprop gives NaN at a gradient of 0: it subtracts ε under the root', () => {
  const weight = tf.variable(tf.tensor([1, 1], [2]))
  tf.train.rmsprop(0.1, 0.9, 0, 1e-7, true).applyGradients([{ name: weight.name, tensor: tf.tensor([1, 0], [2]) }])
  const [moved, still] = weight.dataSync()
  assert.ok(moved! < 1)
  assert.ok(Number.isNaN(still))
})

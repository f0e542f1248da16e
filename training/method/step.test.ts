/** A step of a model with moving averages, against tfjs running the same program and against arithmetic. */
import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { targetInputs } from '../../test/fixtures/target-inputs.ts'
import { BatchNorm3D } from '../compile/layers/rank-five-norms.ts'
import { seededRandom } from '../compile/random.ts'
import { lossTargets } from './losses/targets.ts'
import { openStep, stepProgram } from './step.ts'

before(() => tf.setBackend('cpu'))

const SIDE = 4
const random = seededRandom(71)
const image = Float32Array.from({ length: 2 * SIDE ** 3 }, () => random.normal() + 2)
const masks = Uint8Array.from({ length: 2 * SIDE ** 3 }, (_, v) => 1 << (v % 2))
const targets = lossTargets(masks, Array(2).fill({ own: 3, head: 0 }), [[0, 1]])
const optimiser = { kind: 'sgd', weightDecay: 0, maxGradientNorm: 1 } as const
const loss = { crossEntropy: 1 }

/** Batch normalisation first, so that its averages are those of the image; a frozen layer; then a convolution. */
function model(): tfl.LayersModel {
  const input = tfl.input({ shape: [SIDE, SIDE, SIDE, 1] })
  const conv = (name: string, trainable: boolean) =>
    tfl.layers.conv3d({
      name,
      filters: 2,
      kernelSize: 1,
      trainable,
      kernelInitializer: tfl.initializers.glorotUniform({ seed: 5 }),
    })
  const normed = new BatchNorm3D({ name: 'norm', momentum: 0.9 }).apply(input) as tfl.SymbolicTensor
  const frozen = conv('frozen', false).apply(normed) as tfl.SymbolicTensor
  return tfl.model({ inputs: input, outputs: conv('logits', true).apply(frozen) as tfl.SymbolicTensor })
}

test('moving averages move by the batch, frozen weights stay, and the rest changes as in tfjs', async () => {
  const traced = model()
  const step = await openStep(traced, { batch: 2, optimiser, loss, device: 'cpu', threads: 1 })
  await step.run(image, targets, 0.1)
  const state = await step.state()
  await step.close()

  const mean = image.reduce((sum, x) => sum + x, 0) / image.length
  const variance = image.reduce((sum, x) => sum + (x - mean) ** 2, 0) / image.length
  assert.ok(Math.abs(state['norm/moving_mean']![0]! - 0.1 * mean) < 1e-5)
  assert.ok(Math.abs(state['norm/moving_variance']![0]! - (0.9 + 0.1 * variance)) < 1e-5)

  const direct = model()
  const { program, variables, scalars } = stepProgram(direct, optimiser, loss)
  tf.tidy(() => {
    const shape = [2, SIDE, SIDE, SIDE]
    program({
      image: tf.tensor(image, [...shape, 1]),
      ...targetInputs(targets, shape, 2),
      learningRate: tf.scalar(0.1),
      ...Object.fromEntries(Object.entries(scalars(1)).map(([name, value]) => [name, tf.scalar(value)])),
    })
  })
  for (const [name, variable] of Object.entries(variables)) {
    const want = variable.dataSync()
    assert.ok(
      state[name]!.every((value, i) => Math.abs(value - want[i]!) < 1e-5),
      `${name}: ${state[name]} and ${want}`,
    )
  }
  const before = model().getLayer('frozen').getWeights()[0]!.dataSync()
  assert.deepEqual([...state['frozen/kernel']!], [...before])
  assert.notDeepEqual([...state['logits/kernel']!], [...model().getLayer('logits').getWeights()[0]!.dataSync()])
})

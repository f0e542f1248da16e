/** A U-Net and its training step, traced into ONNX, beside tfjs itself. */
import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { targetInputs } from '../../test/fixtures/target-inputs.ts'
import { exportOnnx } from '../compile/export.ts'
import { seededRandom } from '../compile/random.ts'
import { float32, openRuntimeFromBytes } from '../compile/runtime.ts'
import { lossTargets } from './losses/targets.ts'
import { openStep, stepProgram } from './step.ts'
import { buildUnet } from './unet.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(3)
const draw = (length: number) => Float32Array.from({ length }, () => random.normal())

test('the exported U-Net gives tfjs’s logits within 1e-4, twice in a row', async () => {
  const model = buildUnet(
    { stem: 2, channels: [4, 6], convolutions: 1 },
    { patch: [8, 12, 16], channels: 2, labels: 3 },
    11,
  )
  const input = draw(8 * 12 * 16 * 2)
  for (const _ of [1, 2]) {
    const exported = await exportOnnx(model, {})
    const runtime = await openRuntimeFromBytes(exported.bytes, 'cpu', 1)
    const traced = (await runtime.run({ input: float32(input, exported.inputShape) }))['logits']!.data as Float32Array
    await runtime.close()
    const direct = (model.predict(tf.tensor(input, [...exported.inputShape])) as tf.Tensor).dataSync()
    assert.ok(direct.every((value, i) => Math.abs(value - traced[i]!) < 1e-4))
  }
})

test('twenty training steps give the loss curve of tfjs itself', async () => {
  const shape = { patch: [8, 8, 8], channels: 2, labels: 3 } as const
  const optimiser = {
    kind: 'adamw',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 1e-3,
    maxGradientNorm: 1,
  } as const
  const model = buildUnet({ stem: 1, channels: [3, 4], convolutions: 1 }, shape, 5)
  const loss = { crossEntropy: 1, dice: 0.5 }
  const { program } = stepProgram(model, optimiser, loss)
  const step = await openStep(model, { batch: 2, optimiser, loss, device: 'cpu', threads: 1 })
  const image = draw(2 * 512 * 2)
  // Each sample states {0}, {1} and {2}, the second {0, 1} and {2}; some voxels state nothing.
  const masks = Uint8Array.from({ length: 2 * 512 }, (_, v) =>
    v % 11 === 0 ? 7 : v < 512 ? 1 << (v % 3) : v % 3 === 2 ? 4 : 3,
  )
  const targets = lossTargets(masks, Array(2).fill({ own: 7, head: 0 }), [[0, 1, 2]])
  const losses: [number, number][] = []
  for (let t = 1; t <= 20; t++) {
    const traced = await step.run(image, targets, 0.01)
    const direct = tf.tidy(() =>
      program({
        image: tf.tensor(image, [2, 8, 8, 8, 2]),
        ...targetInputs(targets, [2, 8, 8, 8], 3),
        learningRate: tf.scalar(0.01),
        correction1: tf.scalar(1 - 0.9 ** t),
        correction2: tf.scalar(1 - 0.999 ** t),
      }).loss.dataSync(),
    )
    losses.push([traced.loss, direct[0]!])
  }
  await step.close()
  for (const [traced, direct] of losses) assert.ok(Math.abs(traced - direct) < 1e-3 * direct, `${traced} and ${direct}`)
  assert.ok(losses[19]![0] < 0.8 * losses[0]![0], 'the loss falls')
})

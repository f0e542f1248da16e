/**
 * One training step, traced and run by onnxruntime, beside the same step on tfjs's own cpu backend: same net, same
 * batch, one run.
 *   node bench/training-step.ts [patch side] [channels, e.g. 8,16]     prints JSON: ours, the peer, the ratio
 */
import '../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import { targetInputs } from '../test/fixtures/target-inputs.ts'
import { seededRandom } from '../training/compile/random.ts'
import { lossTargets } from '../training/method/losses/targets.ts'
import { openStep, stepProgram } from '../training/method/step.ts'
import { buildUnet } from '../training/method/unet.ts'

const side = Number(process.argv[2] ?? 32)
const channels = (process.argv[3] ?? '8,16').split(',').map(Number)
const LABELS = 5
const RATE = 1e-3
await tf.setBackend('cpu')
const optimiser = {
  kind: 'adamw',
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: 1,
} as const
const shape = { patch: [side, side, side], channels: 2, labels: LABELS } as const
const model = buildUnet({ stem: 2, channels, convolutions: 2 }, shape, 1)
const random = seededRandom(1)
const image = Float32Array.from({ length: side ** 3 * 2 }, () => random.normal())
// Every voxel states one of three labels.
const masks = Uint8Array.from({ length: side ** 3 }, (_, voxel) => 1 << (voxel % 3))
const targets = lossTargets(masks, [{ own: 31, head: 0 }], [[0, 1, 2, 3, 4]])
const loss = { crossEntropy: 1, dice: 1 }

const step = await openStep(model, { batch: 1, optimiser, loss, device: 'cpu' })
let ours = Number.POSITIVE_INFINITY
for (let run = 0; run < 5; run++) {
  const started = performance.now()
  await step.run(image, targets, RATE)
  ours = Math.min(ours, performance.now() - started)
}
await step.close()

const { program } = stepProgram(model, optimiser, loss)
const started = performance.now()
tf.tidy(() => {
  const result = program({
    image: tf.tensor(image, [1, side, side, side, 2]),
    ...targetInputs(targets, [1, side, side, side], LABELS),
    learningRate: tf.scalar(RATE),
    correction1: tf.scalar(1 - optimiser.beta1),
    correction2: tf.scalar(1 - optimiser.beta2),
  })
  return result.loss.dataSync()
})
const tfjsCpu = performance.now() - started
console.log(
  JSON.stringify({
    side,
    channels,
    parameters: model.countParams(),
    oursMs: ours,
    tfjsCpuMs: tfjsCpu,
    ratio: tfjsCpu / ours,
  }),
)

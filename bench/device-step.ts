/**
 * The training step of a recipe on a device, at several batch sizes: milliseconds of the fastest of a few steps, patches a
 * second, and the losses, which are the same on every device up to rounding.
 *   node bench/device-step.ts <recipe.json> <cpu | cuda | webgpu> [batch …]     prints a JSON line a batch size
 */
import '../training/compile/cpu-backend.ts'
import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '../training/compile/random.ts'
import { isTrainingDevice } from '../training/compile/runtime.ts'
import { lossTargets } from '../training/method/losses/targets.ts'
import { openStep } from '../training/method/step.ts'
import { modelOf } from '../training/run/network.ts'
import { headsOf } from '../training/run/recipe.ts'
import { readRecipe } from '../training/run/recipe-file.ts'

const STEPS = 8
const [recipePath, device, ...batches] = process.argv.slice(2)
if (recipePath === undefined || device === undefined || !isTrainingDevice(device)) {
  console.error('usage: node bench/device-step.ts <recipe.json> <cpu | cuda | webgpu> [batch …]')
  process.exit(2)
}
await tf.setBackend('cpu')
const recipe = await readRecipe(recipePath)
const heads = headsOf(recipe)
const voxels = recipe.patchVoxels.reduce((a, b) => a * b)
for (const batch of batches.length === 0 ? [1] : batches.map(Number)) {
  const random = seededRandom(1)
  const image = Float32Array.from({ length: batch * voxels * recipe.channels.length }, () => random.normal())
  // every voxel states one of the first head's labels
  const own = heads[0]!.reduce((mask, k) => mask | (1 << k), 0)
  const masks = Uint8Array.from({ length: batch * voxels }, (_, v) => 1 << heads[0]![v % heads[0]!.length]!)
  const targets = lossTargets(masks, Array(batch).fill({ own, head: 0 }), heads)
  const { optimiser, loss } = recipe
  const model = modelOf(recipe, recipe.patchVoxels)
  const step = await openStep(model, { batch, optimiser, loss, device })
  const losses: number[] = []
  let stepMs = Number.POSITIVE_INFINITY
  for (let run = 0; run < STEPS; run++) {
    const started = performance.now()
    losses.push((await step.run(image, targets, 1e-3)).loss)
    stepMs = Math.min(stepMs, performance.now() - started)
  }
  await step.close()
  model.dispose()
  const patchesPerSecond = Number(((1000 * batch) / stepMs).toFixed(1))
  console.log(
    JSON.stringify({
      device,
      patchVoxels: recipe.patchVoxels,
      batch,
      stepMs: Math.round(stepMs),
      patchesPerSecond,
      losses: losses.map((value) => Number(value.toFixed(4))),
    }),
  )
}

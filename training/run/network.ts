/** The network of a recipe, with weights from a checkpoint or another run. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { loadModel } from '../compile/model-files.ts'
import { channelCount } from '../method/losses/targets.ts'
import type { TrainingState } from '../method/step.ts'
import { buildUnet } from '../method/unet.ts'
import { LAST, readExported } from './checkpoint.ts'
import { headsOf, type Recipe } from './recipe.ts'
import { startFrom } from './start-from.ts'
import { readTrained } from './trained-model.ts'

/** The model for a patch of the given size, [R, A, S], with the weights of a checkpoint's mean. */
export function modelOf(
  recipe: Recipe,
  patchVoxels: readonly [number, number, number],
  mean?: TrainingState,
): LayersModel {
  const [w, h, d] = patchVoxels
  const shape = { patch: [d, h, w], channels: recipe.channels.length, labels: channelCount(headsOf(recipe)) } as const
  const model = buildUnet(recipe.unet, shape, recipe.seed)
  if (mean !== undefined) setWeights(model, mean)
  return model
}

/** By name. */
export const weightsOf = (model: LayersModel): TrainingState =>
  Object.fromEntries(model.weights.map((w) => [w.originalName, w.read().dataSync() as Float32Array]))

/**
 * The running mean of the weights of the run in `folder`, or those of the model there (a run's, or a released one), become the model's
 * where they fit.
 */
export async function transfer(model: LayersModel, folder: string, onNote?: (note: string) => void): Promise<void> {
  const { found, where } = await weightsAt(folder)
  const { weights, fresh } = startFrom(weightsOf(model), found)
  setWeights(model, weights)
  onNote?.(`starts from ${where}; new weights: ${fresh.join(', ') || 'none'}`)
}

async function weightsAt(folder: string): Promise<{ readonly found: TrainingState; readonly where: string }> {
  const checkpoint = await readExported(folder)
  if (checkpoint !== undefined) return { found: checkpoint.mean, where: `step ${checkpoint.step} of ${folder}` }
  const exported = join(folder, 'model/model.json')
  if (existsSync(exported)) return { found: weightsOf(await loadModel(exported)), where: exported }
  if (existsSync(join(folder, 'tfjs'))) return { found: weightsOf(await readTrained(folder)), where: folder }
  throw new Error(
    `the recipe starts from ${folder}, which has neither ${LAST} nor model/model.json, and is no released model`,
  )
}

function setWeights(model: LayersModel, weights: TrainingState): void {
  for (const weight of model.weights) weight.write(tf.tensor(weights[weight.originalName]!, weight.shape as number[]))
}

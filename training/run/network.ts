/** The network of a recipe, with weights from a checkpoint or another run. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { cardSchema } from '../../src/model/card.ts'
import { loadModel } from '../compile/model-files.ts'
import { CLASS_NAMES } from '../method/label-sets.ts'
import { channelCount, type HeadClasses } from '../method/losses/targets.ts'
import type { TrainingState } from '../method/step.ts'
import { buildUnet } from '../method/unet.ts'
import { LAST, readExported } from './checkpoint.ts'
import { headsOf, type Recipe } from './recipe.ts'
import { readRecord } from './run-record.ts'
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
export async function transfer(
  model: LayersModel,
  heads: readonly HeadClasses[],
  folder: string,
  onNote?: (note: string) => void,
): Promise<void> {
  const { found, where } = await weightsAt(folder)
  const other = await classesAt(folder)
  const shapes = Object.fromEntries(model.weights.map((w) => [w.originalName, w.shape as number[]]))
  const [own] = heads.length === 1 ? heads : []
  const classes = own && other && { own, other, shapes }
  const { weights, fresh, widened } = startFrom(weightsOf(model), found, classes)
  setWeights(model, weights)
  const list = (names: readonly string[]) => names.join(', ') || 'none'
  onNote?.(`starts from ${where}; new weights: ${list(fresh)}; with more classes: ${list(widened)}`)
}

/** Whether the weights there are of a network without norms of the patch. */
export async function hasFixedNorms(folder: string): Promise<boolean> {
  return Object.keys((await weightsAt(folder)).found).every((name) => !name.endsWith('/gamma'))
}

/** The classes of the run's one head, or of a released model's labels; undefined where nothing says them. */
async function classesAt(folder: string): Promise<HeadClasses | undefined> {
  const record = await readRecord(folder)
  if (record !== undefined) {
    const heads = headsOf(record.recipe)
    return heads.length === 1 ? heads[0] : undefined
  }
  const card = join(folder, 'card.json')
  if (!existsSync(card)) return undefined
  const { labels } = cardSchema.parse(JSON.parse(await readFile(card, 'utf8')))
  return labels.map(({ name }) => CLASS_NAMES.indexOf(name))
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

export function setWeights(model: LayersModel, weights: TrainingState): void {
  for (const weight of model.weights) weight.write(tf.tensor(weights[weight.originalName]!, weight.shape as number[]))
}

/** The weights that a run begins with, where its recipe names another run or a released model. */
import { join } from 'node:path'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { StreamOptions } from '../data/stream.ts'
import { feed } from './feed.ts'
import { fixNorms } from './fix-norms.ts'
import { hasFixedNorms, modelOf, setWeights, transfer } from './network.ts'
import { headsOf, type Recipe } from './recipe.ts'

export interface BeginOptions {
  readonly runFolder: string
  readonly threads?: number
  readonly onNote?: (note: string) => void
}

/** Patches on which norms are fixed. */
const WATCHED_PATCHES = 96

/** Gives `model` the weights that the recipe starts from; a start whose norms go by the patch has them fixed where the recipe's are. */
export async function begin(
  model: LayersModel,
  recipe: Recipe,
  folders: StreamOptions['folders'],
  { runFolder, threads, onNote }: BeginOptions,
): Promise<void> {
  const folder = join(runFolder, '..', recipe.startFrom!)
  if (recipe.unet.norm !== 'fixed' || (await hasFixedNorms(folder))) {
    return transfer(model, headsOf(recipe), folder, onNote)
  }
  const normed = modelOf({ ...recipe, unet: { ...recipe.unet, norm: 'patch' } }, recipe.patchVoxels)
  await transfer(normed, headsOf(recipe), folder, onNote)
  const feeder = feed(recipe, folders, { workers: 1, seed: recipe.seed })
  const patches: Float32Array[] = []
  try {
    while (patches.length < WATCHED_PATCHES) {
      const { image } = await feeder.next()
      const each = image.length / recipe.batch
      for (let start = 0; start < image.length; start += each) patches.push(image.subarray(start, start + each))
    }
  } finally {
    await feeder.close()
  }
  setWeights(model, await fixNorms(normed, patches, threads))
  normed.dispose()
  onNote?.(`its norms are fixed as they are on ${patches.length} patches`)
}

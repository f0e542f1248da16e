/** The patches of a recipe. */
import { type Feeder, openFeeder } from '../data/feeder.ts'
import type { StreamOptions } from '../data/stream.ts'
import { headsOf, type Recipe } from './recipe.ts'

/** To be closed by whoever opened it: its workers keep the process alive. */
export function feed(
  recipe: Recipe,
  folders: StreamOptions['folders'],
  { workers, seed }: { readonly workers: number; readonly seed: number },
): Feeder {
  return openFeeder({
    data: recipe.data,
    folders,
    channels: recipe.channels.map((channel) => channel.name),
    preprocess: recipe.preprocess,
    seed,
    batch: recipe.batch,
    patchVoxels: recipe.patchVoxels,
    workers,
    heads: headsOf(recipe),
  })
}

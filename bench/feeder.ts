/**
 * How fast training data is made on one thread: seconds a head, milliseconds a patch, patches a second in all.
 *
 *   node bench/feeder.ts <recipe.json> <data folder> <work folder> [batches]
 */
import { openStream } from '../training/data/stream.ts'
import { readRecipe } from '../training/run/recipe-file.ts'

const [recipePath, dataDir, workDir, batches = '60'] = process.argv.slice(2)
if (recipePath === undefined || dataDir === undefined || workDir === undefined) {
  console.error('usage: node bench/feeder.ts <recipe.json> <data folder> <work folder> [batches]')
  process.exit(2)
}
const recipe = await readRecipe(recipePath)
const stream = openStream({
  data: recipe.data,
  folders: { dataDir, workDir },
  channels: recipe.channels.map(({ name }) => name),
  preprocess: recipe.preprocess,
  seed: recipe.seed,
  worker: 0,
  batch: recipe.batch,
  patchVoxels: recipe.patchVoxels,
})
const started = performance.now()
for (let n = 0; n < Number(batches); n++) await stream.next()
const seconds = (performance.now() - started) / 1000
const { patches, heads, headMs, patchMs } = stream.stats()
console.log(
  JSON.stringify({
    patchVoxels: recipe.patchVoxels,
    patches,
    heads,
    secondsPerHead: headMs / heads / 1000,
    millisecondsPerPatch: patchMs / patches,
    patchesPerSecond: patches / seconds,
    peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)

/**
 * From a trained run to models/<id>/: the ONNX network, the tfjs model it came from, the golden case and the card. Its
 * scores are for `onelabel evaluate --card` to write.
 *
 *   node training/cli/release.ts <recipe.json> [--run runs/<id>] [--models models] [--int8 calibration.json [--data ../shared/data]]
 *
 * With --int8 the inner convolutions are in whole numbers (docs/converting.md).
 */
import '../compile/cpu-backend.ts'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { segment } from '../../src/inference/segment.ts'
import type { Card } from '../../src/model/card.ts'
import { cardSchema } from '../../src/model/card.ts'
import { openEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { encodeLabels } from '../../src/nifti/write.ts'
import { servedGraph } from '../compile/export.ts'
import { saveModel } from '../compile/model-files.ts'
import { checkParity, MAX_DIFFERENCE } from '../compile/parity.ts'
import { quantize } from '../compile/quantize/quantize.ts'
import { seededRandom } from '../compile/random.ts'
import { encodeOnnx, type OnnxGraph, OPSET } from '../compile/trace/onnx.ts'
import { calibrationPatches, readCalibration } from '../data/calibration.ts'
import { patchMultiple } from '../method/unet.ts'
import { readExported } from '../run/checkpoint.ts'
import { goldenScans } from '../run/golden-scans.ts'
import { readRecipe } from '../run/recipe.ts'
import { releaseNotes } from '../run/release-notes.ts'
import { modelOf } from '../run/train.ts'
import { TRAINING_LIMITS } from '../sources/datasets/limits.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: 'string' },
    models: { type: 'string', default: 'models' },
    int8: { type: 'string' },
    data: { type: 'string', default: '../shared/data' },
  },
})
const [recipePath] = positionals
if (recipePath === undefined) throw new Error('usage: release.ts <recipe.json> [--run …] [--models …] [--int8 …]')
await tf.setBackend('cpu')
const recipe = await readRecipe(recipePath)
const checkpoint = await readExported(values.run ?? join('runs', recipe.id))
if (checkpoint === undefined) throw new Error('the run has no checkpoint')
const model = modelOf(recipe, recipe.inference.patchVoxels, checkpoint.mean)

// The network, held to tfjs on an input small enough for plain JavaScript.
const space = Array<number>(3).fill(2 * patchMultiple(recipe.unet))
const parity = await checkParity(model, space, seededRandom(recipe.seed))
if (!(parity.largestDifference <= MAX_DIFFERENCE)) throw new Error(`differs from tfjs by ${parity.largestDifference}`)
console.log(`parity at [${parity.inputShape}]: ${parity.largestDifference.toExponential(2)}`)
async function inWholeNumbers(network: OnnxGraph, file: string): Promise<OnnxGraph> {
  const patches = await calibrationPatches({ card: recipe, scans: (await readCalibration(file)).scans }, values.data)
  const { graph: whole, taken, agreement } = await quantize(network, patches)
  console.log(`${taken.length} convolutions in whole numbers, ${(100 * agreement).toFixed(3)} % equal labels`)
  return whole
}

const folder = join(values.models, recipe.id)
await rm(folder, { recursive: true, force: true })
await mkdir(join(folder, 'golden'), { recursive: true })
const exact = await servedGraph(model)
const graph = values.int8 === undefined ? exact : await inWholeNumbers(exact, values.int8)
const bytes = encodeOnnx(graph, { model: recipe.id, version: recipe.version })
await writeFile(join(folder, 'model.onnx'), bytes)
await saveModel(model, join(folder, 'tfjs'))

const notes = await releaseNotes(recipe.id)
const { id, version, title, channels, required, labels, preprocess, inference, postprocess } = recipe
const draft: Card = {
  schema: 1,
  id,
  version,
  title,
  intendedUse: notes.intendedUse,
  license: 'Apache-2.0',
  channels,
  required,
  labels,
  preprocess,
  inference,
  postprocess,
  ...(notes.trainedRange && { trainedRange: notes.trainedRange }),
  ...(notes.assessment && { assessment: notes.assessment }),
  ...(notes.isDefault && { isDefault: true }),
  weights: {
    file: 'model.onnx',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    opset: OPSET,
  },
  golden: {
    scans: Object.fromEntries(channels.map(({ name }) => [name, `golden/${name}.nii.gz`])),
    labels: 'golden/labels.nii.gz',
    minAgreement: 0.99,
  },
  training: {
    recipe: recipePath,
    seed: recipe.seed,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    steps: checkpoint.step,
    trainedHours: Number((checkpoint.seconds / 3600).toFixed(2)),
    parameters: model.countParams(),
    data: notes.data,
  },
  evaluation: { command: `npx onelabel evaluate --model ${id}`, subjects: [] },
  knownFailures: notes.knownFailures,
}

const { engine, close } = await openEngine(join(folder, 'model.onnx'), draft, { device: 'cpu', threads: 0 })
for (const [name, file] of goldenScans(recipe)) {
  await writeFile(join(folder, 'golden', `${name}.nii.gz`), file)
}
const golden = new Map(
  await Promise.all(
    channels.map(
      async ({ name }) => [name, await readNifti(join(folder, draft.golden.scans[name]!), TRAINING_LIMITS)] as const,
    ),
  ),
)
const goldenVolumes = new Map([...golden].map(([name, { volume }]) => [name, volume]))
const { labels: goldenLabels, gridChannel } = await segment(goldenVolumes, draft, engine)
const encoded = await encodeLabels(goldenLabels, golden.get(gridChannel)!.geometry, labels)
await writeFile(join(folder, draft.golden.labels), encoded)

await close()
await writeFile(join(folder, 'card.json'), `${JSON.stringify(cardSchema.parse(draft), null, 2)}\n`)
console.log(`${folder}: ${(await readFile(join(folder, 'model.onnx'))).length} bytes`)

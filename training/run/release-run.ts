/** The network of a run, as it will serve, with all that the run can say for its card. */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { BlendedSpec, Card } from '../../src/model/card.ts'
import { MAX_DIFFERENCE } from '../compile/convert/compare.ts'
import { openServedGraph, servedGraph } from '../compile/export.ts'
import { saveModel } from '../compile/model-files.ts'
import { checkParity } from '../compile/parity.ts'
import { quantize } from '../compile/quantize/quantize.ts'
import { seededRandom } from '../compile/random.ts'
import { type ConvRange, convolveInWholeNumbers } from '../compile/rewrites/int8-convs.ts'
import { encodeOnnx, type OnnxGraph } from '../compile/trace/onnx.ts'
import { calibrationPatches, readCalibration } from '../data/calibration.ts'
import { forwardInSlabs } from '../method/slabs.ts'
import type { TrainingState } from '../method/step.ts'
import { patchMultiple } from '../method/unet.ts'
import type { CardDraft } from './card-draft.ts'
import { readExported } from './checkpoint.ts'
import { modelOf, weightsOf } from './network.ts'
import { readNotes } from './notes.ts'
import type { Recipe } from './recipe.ts'
import { readRecipe } from './recipe-file.ts'
import type { Network } from './release.ts'
import { checkoutCommit, type RunRecord, readRecord } from './run-record.ts'
import { writeTrained } from './trained-model.ts'

export interface ReleaseRunOptions {
  /** What it is to be called; left out: as its recipe. */
  readonly id?: string | undefined
  /** For a run from before runs wrote their record, or to say of which recipe the card is to speak. */
  readonly recipeFile?: string | undefined
  readonly notesFile?: string | undefined
  /** Scans on which inner convolutions are calibrated to whole numbers (docs/converting.md), and where they lie. */
  readonly int8?: { readonly calibration: string; readonly dataDir: string }
  readonly onNote: (note: string) => void
}

/** @throws an Error where the folder holds no run, or the ONNX network differs from tfjs */
export async function networkOfRun(runFolder: string, options: ReleaseRunOptions): Promise<Network> {
  await tf.setBackend('cpu')
  const record = await readRecord(runFolder)
  const recipe = options.recipeFile === undefined ? record?.recipe : await readRecipe(options.recipeFile)
  const checkpoint = await readExported(runFolder)
  if (checkpoint === undefined)
    throw new Error(
      `${runFolder} holds no run: ${existsSync(runFolder) ? 'it has no checkpoint' : 'there is no such folder'}`,
    )
  if (recipe === undefined) throw new Error(`the run in ${runFolder} has no run.json; say its recipe with --recipe`)
  const model = modelOf(recipe, recipe.inference.patchVoxels, checkpoint.mean)

  // Held to tfjs on an input small enough for plain JavaScript.
  const space = Array<number>(3).fill(2 * patchMultiple(recipe.unet))
  const parity = await checkParity(model, space, seededRandom(recipe.seed))
  if (!(parity.largestDifference <= MAX_DIFFERENCE))
    throw new Error(`the network differs from tfjs by ${parity.largestDifference}; nothing was written`)
  options.onNote(`differs from tfjs by ${parity.largestDifference.toExponential(2)} at [${parity.inputShape}]`)
  const exact = await serve(recipe, model)
  const ranges = options.int8 === undefined ? undefined : await rangesOf(recipe, checkpoint.mean, options)
  const finished = (graph: OnnxGraph) => (ranges === undefined ? graph : convolveInWholeNumbers(graph, ranges))
  const graph = await sized(recipe, finished, exact, checkpoint.mean)
  const id = options.id ?? recipe.id
  const training = {
    recipe: options.recipeFile ?? 'recipe.json',
    seed: recipe.seed,
    commit: record?.commit ?? checkoutCommit(),
    steps: checkpoint.step,
    trainedHours: Number((checkpoint.seconds / 3600).toFixed(2)),
    parameters: model.countParams(),
  }
  const { data, ...notes } = await readNotes(id, options.notesFile)
  return {
    draft: { ...pipelineOf(recipe), ...notes, id, training: { ...training, data: data ?? dataOf(recipe, record) } },
    bytes: encodeOnnx(graph, { model: id, version: recipe.version }),
    seed: recipe.seed,
    async writeMore(folder) {
      // In whole numbers the network no longer holds the weights.
      const again = async (marked: LayersModel): Promise<OnnxGraph> =>
        sized(recipe, (made) => made, await serve(recipe, marked), weightsOf(marked))
      if (options.int8 === undefined) await writeTrained(model, graph.initializers, folder, again)
      else await saveModel(model, join(folder, 'tfjs'))
      if (options.recipeFile === undefined)
        await writeFile(join(folder, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`)
    },
  }
}

/** The network as it is served for the patch that `model` takes; tiles are large, so that it is computed in slabs for them. */
function serve(recipe: Recipe, model: LayersModel): Promise<OnnxGraph> {
  const isInSlabs = 'tiles' in recipe.inference && recipe.unet.refine !== undefined
  return servedGraph(model, { forward: isInSlabs ? forwardInSlabs(model) : undefined })
}

/** For the recipe's patch, or for tiles of any sides. */
async function sized(
  recipe: Recipe,
  finished: (graph: OnnxGraph) => OnnxGraph,
  exact: OnnxGraph,
  weights: TrainingState,
): Promise<OnnxGraph> {
  if (!('tiles' in recipe.inference)) return finished(exact)
  return openServedGraph(async ([d, h, w]) => {
    const model = modelOf(recipe, [w, h, d], weights)
    const graph = finished(await serve(recipe, model))
    model.dispose()
    return graph
  }, recipe.inference.tiles.multiple)
}

/** What serving needs of a recipe. */
function pipelineOf(recipe: Recipe): Omit<CardDraft, 'id'> {
  const { version, title, channels, required, labels, preprocess, inference, postprocess } = recipe
  return { version, title, channels, required, labels, preprocess, inference, postprocess }
}

/** The run's sources, with what is known of them. */
function dataOf(recipe: Recipe, record: RunRecord | undefined): Card['training']['data'] {
  return (record?.sources ?? []).map(({ name, subjects }) => {
    const source = recipe.data.sources.find((one) => one.name === name)
    const what =
      source?.kind === 'folder' ? `as the layout ${source.layout} states them` : `source of kind ${source?.kind}`
    const made = subjects === null ? `${what}; made anew for every patch` : what
    return { name, license: 'not stated', labels: made, subjects: subjects ?? 0 }
  })
}

/** Tiles differ in size from scan to scan; what convolutions give is watched on patches of one. */
const WATCHED: BlendedSpec = {
  patchVoxels: [96, 96, 96],
  overlap: 0.25,
  blend: { kind: 'gaussian', sigmaFraction: 0.2 },
}

async function rangesOf(
  recipe: Recipe,
  weights: TrainingState,
  { int8, onNote }: ReleaseRunOptions,
): Promise<ReadonlyMap<string, ConvRange>> {
  const { calibration, dataDir } = int8!
  const card = 'tiles' in recipe.inference ? { ...recipe, inference: WATCHED } : recipe
  const patches = await calibrationPatches({ card, scans: (await readCalibration(calibration)).scans }, dataDir)
  const model = modelOf(recipe, card.inference.patchVoxels, weights)
  const { ranges, agreement } = await quantize(await serve(recipe, model), patches)
  model.dispose()
  onNote(`${ranges.size} convolutions in whole numbers, ${(100 * agreement).toFixed(3)} % equal labels`)
  return ranges
}

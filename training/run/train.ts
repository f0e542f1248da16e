/**
 * The training loop on one page: patches from worker threads, one traced step on onnxruntime each, a running mean
 * of the weights, a checkpoint now and then. A run that stopped goes on where its checkpoint lies.
 */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { loadModel, saveModel } from '../compile/model-files.ts'
import { float32, type TrainingDevice } from '../compile/runtime.ts'
import { openFeeder } from '../data/feeder.ts'
import { openSources } from '../data/stream.ts'
import { channelCount } from '../method/losses/targets.ts'
import { openStep, type TrainingState } from '../method/step.ts'
import { buildUnet } from '../method/unet.ts'
import { BEST, type Checkpoint, LAST, readCheckpoint, readExported, writeCheckpoint } from './checkpoint.ts'
import { appendRow, cutRows, drawCurve } from './curve.ts'
import { headsOf, learningRate, type Recipe, stepsOf } from './recipe.ts'
import { openRunningMean } from './running-mean.ts'
import { startFrom } from './start-from.ts'
import { appendValidation, readValidations, type ValidationSpec, validate } from './validation.ts'

export interface TrainOptions {
  /** Where checkpoint, curve and model go. */
  readonly runFolder: string
  readonly dataDir: string
  readonly device: TrainingDevice
  readonly workers: number
  /** Threads of a training step on the CPU; left to onnxruntime if left out. */
  readonly threads?: number
  /** Stop (with a checkpoint) after so long; the next call goes on. */
  readonly maxSeconds: number
  readonly onStep?: (progress: { step: number; loss: number; secondsPerStep: number }) => void
  readonly onNote?: (note: string) => void
}

export interface TrainResult {
  readonly model: LayersModel
  readonly steps: number
  readonly seconds: number
  readonly finished: boolean
}

/** Early on the past weighs less, so that the start is forgotten. */
const keptOfMean = (step: number, ema: number): number => Math.min(ema, (1 + step) / (10 + step))

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

const weightsOf = (model: LayersModel): TrainingState =>
  Object.fromEntries(model.weights.map((w) => [w.originalName, w.read().dataSync() as Float32Array]))

/** The running mean of the weights of the run in `folder`, or those of the model there, become the model's where they fit. */
async function transfer(model: LayersModel, folder: string, { onNote }: TrainOptions): Promise<void> {
  const [checkpoint, exported] = [await readExported(folder), join(folder, 'model/model.json')]
  if (checkpoint === undefined && !existsSync(exported))
    throw new Error(`the recipe starts from ${folder}, which has neither ${LAST} nor model/model.json`)
  const { weights, fresh } = startFrom(weightsOf(model), checkpoint?.mean ?? weightsOf(await loadModel(exported)))
  setWeights(model, weights)
  const where = checkpoint === undefined ? exported : `step ${checkpoint.step} of ${folder}`
  onNote?.(`starts from ${where}; new weights: ${fresh.join(', ') || 'none'}`)
}

function setWeights(model: LayersModel, weights: TrainingState): void {
  for (const weight of model.weights) weight.write(tf.tensor(weights[weight.originalName]!, weight.shape as number[]))
}

/** Trains until the recipe's last step or `maxSeconds`; throws where the loss is not finite or no source has data. */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  await tf.setBackend('cpu')
  const folders = { dataDir: options.dataDir, workDir: join(options.runFolder, '..') }
  // before anything is written or traced: a run without data leaves nothing behind
  openSources(recipe.data, folders)
  await mkdir(options.runFolder, { recursive: true })
  const file = (name: string) => join(options.runFolder, name)
  const model = modelOf(recipe, recipe.patchVoxels)
  const resumed = await readCheckpoint(file(LAST))
  if (resumed === undefined && recipe.startFrom !== undefined)
    await transfer(model, join(options.runFolder, '..', recipe.startFrom), options)
  for (const table of ['curve.csv', 'validation.csv']) await cutRows(file(table), resumed?.step ?? 0)
  const step = await openStep(model, {
    batch: recipe.batch,
    optimiser: recipe.optimiser,
    loss: recipe.loss,
    device: options.device,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(resumed === undefined ? {} : { resume: { state: resumed.state, count: resumed.step } }),
  })
  const first = resumed?.mean ?? weightsOf(model)
  const start = model.weights.map(({ originalName: name, shape }) => [
    name,
    float32(first[name]!.slice(), shape as number[]),
  ])
  const mean = await openRunningMean(Object.fromEntries(start), options.device, options.threads)
  const feeder = openFeeder({
    data: recipe.data,
    folders,
    channels: recipe.channels.map((channel) => channel.name),
    preprocess: recipe.preprocess,
    // A resumed run must not see its first patches again.
    seed: recipe.seed + step.count(),
    batch: recipe.batch,
    patchVoxels: recipe.patchVoxels,
    workers: options.workers,
    heads: headsOf(recipe),
  })
  for (const note of feeder.notes) options.onNote?.(note)
  const started = performance.now()
  const elapsed = () => (resumed?.seconds ?? 0) + (performance.now() - started) / 1000
  const checkpoint = async (): Promise<Checkpoint> => ({
    step: step.count(),
    seconds: elapsed(),
    state: await step.state(),
    mean: await mean.read(),
  })
  const save = async () => {
    await writeCheckpoint(file(LAST), await checkpoint())
    await drawCurve(file('curve.csv'), file('curve.svg'), recipe.title, await readValidations(file('validation.csv')))
  }
  const look = async (spec: ValidationSpec) => {
    const now = modelOf(recipe, recipe.inference.patchVoxels, await mean.read())
    const where = { folder: options.runFolder, dataDir: options.dataDir, threads: options.threads ?? 0 }
    const validated = await validate(now, recipe, spec, where)
    now.dispose()
    const before = await readValidations(file('validation.csv'))
    if (before.every(({ meanDice }) => meanDice < validated.meanDice))
      await writeCheckpoint(file(BEST), await checkpoint())
    await appendValidation(file('validation.csv'), step.count(), validated)
    options.onNote?.(`step ${step.count()}: Dice ${validated.meanDice.toFixed(3)} on the subjects of the validation`)
  }
  try {
    while (step.count() < stepsOf(recipe) && (performance.now() - started) / 1000 < options.maxSeconds) {
      const batch = await feeder.next()
      const before = performance.now()
      const rate = learningRate(recipe, step.count() + 1)
      const { loss, gradientNorm } = await step.run(batch.image, batch.targets, rate)
      if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss} at step ${step.count()}`)
      await mean.update(step.held(), keptOfMean(step.count(), recipe.ema))
      const seconds = (performance.now() - before) / 1000
      await appendRow(file('curve.csv'), {
        step: step.count(),
        loss,
        gradientNorm,
        learningRate: rate,
        seconds,
        sources: batch.source,
      })
      const { validation } = recipe
      const isLast = step.count() === stepsOf(recipe)
      if (validation && (isLast || step.count() % validation.everySteps === 0)) await look(validation)
      if (step.count() % recipe.checkpointEvery === 0) await save()
      const done = step.count() - (resumed?.step ?? 0)
      options.onStep?.({ step: step.count(), loss, secondsPerStep: (performance.now() - started) / 1000 / done })
    }
    await save()
  } finally {
    await feeder.close()
    await mean.close()
    await step.close()
  }
  const { mean: chosen } = (await readExported(options.runFolder))!
  const trained = modelOf(recipe, recipe.inference.patchVoxels, chosen)
  await saveModel(trained, file('model'))
  return { model: trained, steps: step.count(), seconds: elapsed(), finished: step.count() >= stepsOf(recipe) }
}

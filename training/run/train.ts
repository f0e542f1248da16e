/**
 * The training loop on one page: patches from worker threads, one traced step on onnxruntime each, a running mean
 * of the weights, a checkpoint now and then. A run that stopped goes on where its checkpoint lies.
 */
import '../compile/cpu-backend.ts'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { saveModel } from '../compile/model-files.ts'
import { float32, type TrainingDevice } from '../compile/runtime.ts'
import { openSources } from '../data/stream.ts'
import { openStep } from '../method/step.ts'
import { begin } from './begin.ts'
import { BEST, type Checkpoint, LAST, readCheckpoint, readExported, writeCheckpoint } from './checkpoint.ts'
import { appendRow, cutRows, drawCurve } from './curve.ts'
import { feed } from './feed.ts'
import { modelOf, weightsOf } from './network.ts'
import { learningRate, type Recipe, stepsOf } from './recipe.ts'
import { writeRecord } from './run-record.ts'
import { openRunningMean } from './running-mean.ts'
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
  /**
   * The run lasts so long in all, whatever steps that makes: it is over then, and the learning rate goes by the share of this time
   * that has passed. Left out: the recipe's steps.
   */
  readonly scheduleSeconds?: number
  /** Stop as after `maxSeconds`. */
  readonly signal?: AbortSignal
  /** The file of the recipe, for the run's record. */
  readonly recipeFile?: string
  readonly onStep?: (progress: TrainProgress) => void
  readonly onNote?: (note: string) => void
}

export interface TrainProgress {
  readonly step: number
  readonly loss: number
  readonly secondsPerStep: number
  /** 0 … 1. */
  readonly share: number
  readonly secondsLeft: number
}

export interface TrainResult {
  readonly model: LayersModel
  readonly steps: number
  readonly seconds: number
  readonly finished: boolean
}

/** Early on the past weighs less, so that the start is forgotten. */
const keptOfMean = (step: number, ema: number): number => Math.min(ema, (1 + step) / (10 + step))

/** Trains until the recipe's last step or `maxSeconds`; throws where the loss is not finite or no source has data. */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  await tf.setBackend('cpu')
  const folders = { dataDir: options.dataDir, workDir: join(options.runFolder, '..') }
  // before anything is written or traced: a run without data leaves nothing behind
  const { sources } = openSources(recipe.data, folders)
  await mkdir(options.runFolder, { recursive: true })
  await writeRecord(options.runFolder, {
    recipeFile: options.recipeFile ?? 'not stated',
    sources: sources.map(({ spec, heads }) => ({ name: spec.name, subjects: Number.isFinite(heads) ? heads : null })),
    recipe,
  })
  const file = (name: string) => join(options.runFolder, name)
  const model = modelOf(recipe, recipe.patchVoxels)
  const resumed = await readCheckpoint(file(LAST))
  for (const table of ['curve.csv', 'validation.csv']) await cutRows(file(table), resumed?.step ?? 0)
  if (resumed === undefined && recipe.startFrom !== undefined) await begin(model, recipe, folders, options)
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
  // A resumed run must not see its first patches again.
  const feeder = feed(recipe, folders, { workers: options.workers, seed: recipe.seed + step.count() })
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
  const { validation } = recipe
  const lastLook = async () => (await readValidations(file('validation.csv'))).at(-1)?.step
  const steps = stepsOf(recipe)
  const { scheduleSeconds } = options
  /** Share of the run that is done, 0 … 1. */
  const done = () => Math.min(1, scheduleSeconds === undefined ? step.count() / steps : elapsed() / scheduleSeconds)
  const isStopped = () => (performance.now() - started) / 1000 >= options.maxSeconds || options.signal?.aborted === true
  try {
    while (done() < 1 && !isStopped()) {
      const batch = await feeder.next()
      const before = performance.now()
      const place = scheduleSeconds === undefined ? step.count() + 1 : Math.ceil(done() * recipe.schedule.steps)
      const rate = learningRate(recipe, Math.max(1, place))
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
      if (validation && step.count() % validation.everySteps === 0) await look(validation)
      if (step.count() % recipe.checkpointEvery === 0) await save()
      const secondsPerStep = (performance.now() - started) / 1000 / (step.count() - (resumed?.step ?? 0))
      const secondsLeft =
        scheduleSeconds === undefined ? secondsPerStep * (steps - step.count()) : scheduleSeconds - elapsed()
      options.onStep?.({
        step: step.count(),
        loss,
        secondsPerStep,
        share: done(),
        secondsLeft: Math.max(0, secondsLeft),
      })
    }
    // It ended at a step that was not looked at; a finished run that is called again has looked at it.
    if (validation && done() === 1 && (await lastLook()) !== step.count()) await look(validation)
    await save()
  } finally {
    await feeder.close()
    await mean.close()
    await step.close()
  }
  const { mean: chosen } = (await readExported(options.runFolder))!
  const trained = modelOf(recipe, recipe.inference.patchVoxels, chosen)
  await saveModel(trained, file('model'))
  return { model: trained, steps: step.count(), seconds: elapsed(), finished: done() === 1 }
}

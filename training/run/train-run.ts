/** A recipe's run in its own folder: trained, with its network as ONNX beside the tfjs model. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { exportOnnx } from '../compile/export.ts'
import { LAST, readCheckpoint } from './checkpoint.ts'
import { type Recipe, stepsOf } from './recipe.ts'
import { readRecord } from './run-record.ts'
import { type TrainOptions, type TrainResult, train } from './train.ts'

const EXPORTED = 'model.onnx'

export type RunOptions = Omit<TrainOptions, 'runFolder'> & {
  /** The folder of all runs; this one's is <out>/<recipe id>. */
  readonly out: string
}

export interface RunResult extends Omit<TrainResult, 'model'> {
  readonly runFolder: string
}

/** Goes on where the run's checkpoint lies; a run that is finished is not touched. */
export async function trainRun(recipe: Recipe, { out, ...options }: RunOptions): Promise<RunResult> {
  const runFolder = join(out, recipe.id)
  const record = await readRecord(runFolder)
  if (record !== undefined && !isDeepStrictEqual(record.recipe, recipe))
    options.onNote?.(`${runFolder} was begun with another recipe than this one; remove it to begin again`)
  const checkpoint = await readCheckpoint(join(runFolder, LAST))
  if (checkpoint !== undefined && existsSync(join(runFolder, EXPORTED))) {
    const { step, seconds } = checkpoint
    const { scheduleSeconds } = options
    const finished = scheduleSeconds === undefined ? step >= stepsOf(recipe) : seconds >= scheduleSeconds
    if (finished) return { runFolder, steps: step, seconds, finished }
  }
  const { model, ...result } = await train(recipe, { ...options, runFolder })
  const { bytes } = await exportOnnx(model, { recipe: recipe.id, version: recipe.version })
  await writeFile(join(runFolder, EXPORTED), bytes)
  return { ...result, runFolder }
}

/** Runs on the disk, and released models, → their mean as a run of its own. */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cardSchema } from '../../src/model/card.ts'
import { averageCheckpoints } from './average-checkpoints.ts'
import { type Checkpoint, LAST, readExported, writeCheckpoint } from './checkpoint.ts'
import { weightsOf } from './network.ts'
import { RECORD, readRecord } from './run-record.ts'
import { readTrained } from './trained-model.ts'

/**
 * Its record is that of the last run, where that has one.
 * @throws where a folder has no checkpoint and is no released model, or the networks differ
 */
export async function averageRuns(out: string, folders: readonly string[]): Promise<void> {
  const runs = new Map<string, Checkpoint>()
  for (const folder of folders) {
    const checkpoint = (await readExported(folder)) ?? (await released(folder))
    if (checkpoint === undefined) throw new Error(`${folder} has no checkpoint and is no released model`)
    runs.set(folder, checkpoint)
  }
  const averaged = averageCheckpoints(runs)
  await mkdir(out, { recursive: true })
  await writeCheckpoint(join(out, LAST), averaged)
  const last = folders.at(-1)!
  if ((await readRecord(last)) !== undefined) await copyFile(join(last, RECORD), join(out, RECORD))
}

async function released(folder: string): Promise<Checkpoint | undefined> {
  const file = join(folder, 'card.json')
  if (!existsSync(file)) return undefined
  const { training } = cardSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  return {
    step: training.steps,
    seconds: 3600 * training.trainedHours,
    state: {},
    mean: weightsOf(await readTrained(folder)),
  }
}

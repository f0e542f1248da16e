/** Runs on the disk → their mean as a run of its own. */
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { averageCheckpoints } from './average-checkpoints.ts'
import { type Checkpoint, LAST, readExported, writeCheckpoint } from './checkpoint.ts'
import { RECORD, readRecord } from './run-record.ts'

/** Its record is that of the last run, where that has one. @throws where a folder has no checkpoint, or the networks differ */
export async function averageRuns(out: string, folders: readonly string[]): Promise<void> {
  const runs = new Map<string, Checkpoint>()
  for (const folder of folders) {
    const checkpoint = await readExported(folder)
    if (checkpoint === undefined) throw new Error(`${folder} has no checkpoint`)
    runs.set(folder, checkpoint)
  }
  const averaged = averageCheckpoints(runs)
  await mkdir(out, { recursive: true })
  await writeCheckpoint(join(out, LAST), averaged)
  const last = folders.at(-1)!
  if ((await readRecord(last)) !== undefined) await copyFile(join(last, RECORD), join(out, RECORD))
}

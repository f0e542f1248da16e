/**
 * The mean of the weights of several runs, as a run of its own for `release.ts --run` or a recipe's `startFrom`.
 *
 *   node training/cli/average.ts <out folder> <run folder> <run folder> …
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { averageCheckpoints } from '../run/average-checkpoints.ts'
import { type Checkpoint, LAST, readExported, writeCheckpoint } from '../run/checkpoint.ts'

const [out, ...folders] = process.argv.slice(2)
if (out === undefined || folders.length < 2) {
  console.error('usage: average-runs.ts <out folder> <run folder> <run folder> …')
  process.exit(2)
}
const runs = new Map<string, Checkpoint>()
for (const folder of folders) {
  const checkpoint = await readExported(folder)
  if (checkpoint === undefined) throw new Error(`${folder} has no checkpoint`)
  runs.set(folder, checkpoint)
}
const averaged = averageCheckpoints(runs)
await mkdir(out, { recursive: true })
await writeCheckpoint(join(out, LAST), averaged)
console.log(`${out}: the mean of ${folders.join(', ')}`)

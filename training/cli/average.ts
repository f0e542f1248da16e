/** `onelabel average`: the mean of the weights of several runs, as a run of its own. */
import { averageRuns } from '../run/average-runs.ts'
import { parseCommand, runCommand, usageError } from './run.ts'

const HELP = `usage: onelabel average <out folder> <folder> <folder> …

Makes a run whose weights are the mean of those of runs (of each the best validated step, else the last) and of released models
(models/<id>): for onelabel release, or for the startFrom of a recipe. All must be of the same network.
`

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, {}, HELP)
  if (parsed === null) return 0
  const [out, ...folders] = parsed.positionals
  if (out === undefined || folders.length < 2) throw usageError('it is: average <out folder> <folder> <folder> …')
  await averageRuns(out, folders)
  console.log(`${out}: the mean of ${folders.join(', ')}`)
  return 0
}

await runCommand('average', main)

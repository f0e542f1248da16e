/** `onelabel to-tfjs`: the tfjs model that a released model was made of, taken back out of its ONNX network. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { trainedFiles } from '../run/trained-model.ts'
import { parseCommand, runCommand, usageError } from './run.ts'

const HELP = `usage: onelabel to-tfjs <models/id> <out folder>

Writes model.json and weights.bin of the tfjs layers model that a released model was made of, bit for bit: to run it in
tfjs, or to convert it in another way (onelabel convert). A recipe starts from a released model without this: startFrom
takes its folder.
`

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, {}, HELP)
  if (parsed === null) return 0
  const [folder, out, ...more] = parsed.positionals
  if (folder === undefined || out === undefined || more.length > 0)
    throw usageError('it is: to-tfjs <models/id> <out folder>')
  const { json, weights } = await trainedFiles(folder)
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'weights.bin'), weights)
  await writeFile(join(out, 'model.json'), json)
  console.log(`${join(out, 'model.json')}: ${weights.length / 4} weights`)
  return 0
}

await runCommand('to-tfjs', main)

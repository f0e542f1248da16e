/** `onelabel brain-masks`: where the brain is in heads that nobody has labelled. */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { maskFile } from '../sources/datasets/brain-masks.ts'
import { maskBrain } from '../sources/mask-brain.ts'
import { parseCommand, runCommand, usageError } from './run.ts'

const HELP = `usage: onelabel brain-masks <model.json> <data folder> <out folder> <scan> …

Runs brainchop's MindGrab (a tfjs model, MIT) on heads of any contrast, whose paths are relative to the data folder, and writes
masks on their own grids: 1 brain with its fluid, 2 its rim, of which nobody is sure, 0 outside; what a recipe's source of kind
brain-mask reads. A scan whose mask is there already is passed over.
`

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, {}, HELP)
  if (parsed === null) return 0
  const [modelPath, dataDir, outFolder, ...scans] = parsed.positionals
  if (modelPath === undefined || dataDir === undefined || outFolder === undefined || scans.length === 0)
    throw usageError('it is: brain-masks <model.json> <data folder> <out folder> <scan> …')
  await tf.setBackend('cpu')
  await mkdir(outFolder, { recursive: true })
  for (const path of scans) {
    const out = join(outFolder, maskFile(path))
    if (existsSync(out)) continue
    const { isStripped, brainMl } = await maskBrain(modelPath, join(dataDir, path), out)
    console.log(`${path}: ${isStripped ? 'stripped' : 'whole head'}, ${brainMl.toFixed(0)} mL`)
  }
  return 0
}

await runCommand('brain-masks', main)

/** `onelabel pseudo-label`: tissue labels for T1 scans that nobody has labelled. */
import '../compile/cpu-backend.ts'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { loadModel } from '../compile/model-files.ts'
import { pseudoLabel } from '../sources/pseudo-label.ts'
import { parseCommand, runCommand, usageError } from './run.ts'

const HELP = `usage: onelabel pseudo-label <model.json> <out folder> <T1 scan> …

Runs brainchop's model20chan3cls (a tfjs model, MIT) on T1 scans and writes label maps on their own grids: 1 CSF, 2 grey
matter, 3 white matter, 254 CSF or background, 255 unknown; what a recipe's source of kind pseudo-t1 reads. A scan whose
label map is there already is passed over.
`

async function main(args: string[]): Promise<number> {
  const parsed = parseCommand(args, {}, HELP)
  if (parsed === null) return 0
  const [modelPath, outFolder, ...scans] = parsed.positionals
  if (modelPath === undefined || outFolder === undefined || scans.length === 0)
    throw usageError('it is: pseudo-label <model.json> <out folder> <scan> …')
  await tf.setBackend('cpu')
  const model = await loadModel(modelPath)
  await mkdir(outFolder, { recursive: true })
  for (const path of scans) {
    // sub-01_T1w.nii.gz → sub-01.nii.gz: the subject's name (datasets/pseudo-t1.ts)
    const out = join(outFolder, basename(path).replace('_T1w', ''))
    if (existsSync(out)) continue
    const { isStripped, shares } = await pseudoLabel(model, path, out)
    const [csf, grey, white] = shares.map((share) => (100 * share).toFixed(1))
    console.log(
      `${basename(path)}: ${isStripped ? 'stripped' : 'whole head'}, CSF ${csf} %, GM ${grey} %, WM ${white} %`,
    )
  }
  return 0
}

await runCommand('pseudo-label', main)

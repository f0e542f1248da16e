/**
 * Dice of a shipped model by the patch and the overlap of its inference, and the seconds that a head takes with each.
 *
 *   node bench/dice-per-second/patches.ts [--model models/joint-wmh] [--data ../shared/data]
 */
import '../../training/compile/cpu-backend.ts'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { cardSchema, type Pipeline } from '../../src/model/card.ts'
import { exportOnnx } from '../../training/compile/export.ts'
import { loadModel } from '../../training/compile/model-files.ts'
import { cells, measure, readHeads } from './heads.ts'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/joint-wmh' },
    data: { type: 'string', default: '../shared/data' },
  },
})

/** Side in voxels, overlap. */
const TRIED = [
  [64, 0.25],
  [96, 0],
  [96, 0.25],
  [96, 0.5],
  [128, 0],
  [128, 0.25],
] as const

await tf.setBackend('cpu')
const card = cardSchema.parse(JSON.parse(await readFile(join(values.model, 'card.json'), 'utf8')))
const model = await loadModel(join(values.model, 'tfjs/model.json'))
const heads = await readHeads(card.labels, values.data)
const folder = await mkdtemp(join(tmpdir(), 'patches-'))
const path = join(folder, 'model.onnx')
const names = card.labels.slice(1).map(({ name }) => name)
console.log(`| patch | overlap | s a head | mean Dice | ${names.join(' | ')} |`)
for (const [patch, overlap] of TRIED) {
  await writeFile(path, (await exportOnnx(model, {}, [patch, patch, patch])).bytes)
  const inference: Pipeline['inference'] = { ...card.inference, patchVoxels: [patch, patch, patch], overlap }
  const measured = await measure(path, { ...card, inference }, heads)
  console.log(`| ${patch} | ${overlap} | ${cells(measured)} |`)
}
await rm(folder, { recursive: true })

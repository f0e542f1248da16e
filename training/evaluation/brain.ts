/**
 * How well the tissue finder finds the brain: Dice of its mask with a mask by somebody else, and what it has too much and too little,
 * on the grid of each scan.
 *
 *   node training/evaluation/brain.ts [--data ../shared/data] [--masks runs/brain] [--network <tissue-finder.onnx>] <scan> …
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEngine } from '../../src/network/ort.ts'
import { plainValues } from '../../src/preprocess/plain-values.ts'
import { brainMask } from '../../src/quality/brain-mask.ts'
import { FINDER } from '../../src/quality/finder-network.ts'
import { findTissue, seenHead } from '../../src/quality/tissue-finder.ts'
import { voxelVolumeMl } from '../../src/volume/affine.ts'
import { maskFile } from '../sources/datasets/brain-masks.ts'
import { readVolume } from '../sources/datasets/read-volume.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: '../shared/data' },
    masks: { type: 'string', default: 'runs/brain' },
    network: { type: 'string', default: join(import.meta.dirname, '../../src/quality/tissue-finder.onnx') },
  },
})
const { engine, close } = await openEngine(values.network, FINDER, { device: 'cpu', threads: 0 })
/** The head has not moved. */
const motion = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const dices: number[] = []
for (const path of positionals) {
  const scan = plainValues(await readVolume(join(values.data, path), 'scan'))
  const mask = join(values.masks, maskFile(path))
  if (!existsSync(mask)) throw new Error(`${path} has no mask ${mask}`)
  const truth = await readVolume(mask, 'labels')
  const startedMs = performance.now()
  const tissue = await findTissue(seenHead(scan), engine)
  const foundMs = performance.now() - startedMs
  const { data } = brainMask([{ tissue, motion }], scan)
  const counts = { both: 0, more: 0, less: 0 }
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 1) truth.data[at] === 1 ? counts.both++ : counts.more++
    else if (truth.data[at] === 1) counts.less++
  }
  const dice = (2 * counts.both) / Math.max(1, 2 * counts.both + counts.more + counts.less)
  dices.push(dice)
  const ml = (voxels: number) => (voxels * voxelVolumeMl(scan.affine)).toFixed(0).padStart(5)
  console.log(
    `${dice.toFixed(3)} ${ml(counts.both + counts.less)} mL, too much ${ml(counts.more)}, too little ${ml(counts.less)}, ${foundMs.toFixed(0)} ms  ${path}`,
  )
}
await close()
const mean = dices.reduce((sum, dice) => sum + dice, 0) / dices.length
console.log(`${dices.length} heads, mean Dice ${mean.toFixed(3)}, lowest ${Math.min(...dices).toFixed(3)}`)

/**
 * Two scans of one head, moved by known amounts: how far from the truth the alignment ends, and what it costs.
 *
 *   node bench/align.ts <t1> <flair> [motions]
 *
 * The truth is where the alignment puts the scans as they come, carried on by the known motion: up to 15 mm along each
 * axis, 12° about R and 8° about A and S.
 */
import { readFile } from 'node:fs/promises'
import { cardSchema } from '../src/model/card.ts'
import { findMotion } from '../src/preprocess/find-motion.ts'
import { carriedMm, type Motion, rigid } from '../src/preprocess/rigid.ts'
import { applyAffine, invert, multiply } from '../src/volume/affine.ts'
import { seededRandom } from '../training/compile/random.ts'
import { readVolume } from '../training/sources/datasets/read-volume.ts'

const [t1File, flairFile, motions = '20'] = process.argv.slice(2)
if (t1File === undefined || flairFile === undefined) throw new Error('usage: align.ts <t1> <flair> [motions]')
const card = cardSchema.parse(JSON.parse(await readFile('models/joint-wmh/card.json', 'utf8')))
const { align } = card.inference
if (align === undefined) throw new Error('the card does not ask for alignment')
const [t1, flair] = [await readVolume(t1File, 'scan'), await readVolume(flairFile, 'scan')]
const asTheyCame = findMotion(t1, flair, card.preprocess.normalize, align)!
const middle = applyAffine(t1.affine, t1.shape[0] / 2, t1.shape[1] / 2, t1.shape[2] / 2)
console.log(
  `as they came: ${asTheyCame.carriedMm.toFixed(2)} mm; information ${asTheyCame.before.toFixed(4)} → ${asTheyCame.after.toFixed(4)}`,
)

const random = seededRandom(1)
const within = (most: number) => random.uniform(-most, most)
const errorsMm: number[] = []
const ms: number[] = []
for (let n = 0; n < Number(motions); n++) {
  const known: Motion = [within(15), within(15), within(15), within(12), within(8), within(8)]
  const motion = rigid(known, middle)
  const startedMs = performance.now()
  const found = findMotion(t1, { ...flair, affine: multiply(motion, flair.affine) }, card.preprocess.normalize, align)!
  ms.push(performance.now() - startedMs)
  errorsMm.push(carriedMm(multiply(invert(multiply(motion, asTheyCame.affine)), found.affine), middle))
}
const sorted = (values: number[]) => values.toSorted((a, b) => a - b)
const [errors, times] = [sorted(errorsMm), sorted(ms)]
const median = (values: number[]) => values[Math.floor(values.length / 2)]!
console.log(
  `${errors.length} motions: error ${median(errors).toFixed(2)} mm (most ${errors.at(-1)!.toFixed(2)}), ${Math.round(median(times))} ms`,
)

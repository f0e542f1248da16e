/** Each kind of wrong input through segment(): refused, or warned of. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { cardSchema, type Pipeline } from '../model/card.ts'
import { oneForEachCause } from '../quality/one-for-each-cause.ts'
import type { Shape, Volume } from '../volume/volume.ts'
import { segment } from './segment.ts'

const bundled = cardSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../models/joint-wmh/card.json'), 'utf8')),
)
/** The bundled labels on voxels of 3 mm; of every channel each label is judged. */
const card: Pipeline = {
  ...bundled,
  preprocess: { ...bundled.preprocess, spacingMm: [3, 3, 3] },
  inference: { ...bundled.inference, patchVoxels: [64, 64, 64] },
  trainedRange: { lesionMl: [0, 40] },
  assessment: [],
}
const EDGE = 64
const SHAPE: Shape = [EDGE, EDGE, EDGE]
const AFFINE = [3, 0, 0, -94.5, 0, 3, 0, -94.5, 0, 0, 3, -94.5, 0, 0, 0, 1]

/** A sphere in the middle of 192 mm; `valueAt` the distance from its centre in mm. */
function ball(valueAt: (radiusMm: number, at: number) => number): Volume<'scan'> {
  const data = new Float32Array(EDGE ** 3)
  for (let at = 0; at < data.length; at++) {
    const [i, j, k] = [at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)]
    data[at] = valueAt(3 * Math.hypot(i - 31.5, j - 31.5, k - 31.5), at)
  }
  return { frame: 'scan', shape: SHAPE, affine: AFFINE, data }
}

/** CSF from 66 to 72 mm, grey matter from 52, white matter inside, a lesion in its middle if wanted. */
const head = (levels: { csf: number; grey: number; white: number }, lesionMm = 0) =>
  ball((r) => (r > 72 ? 0 : r > 66 ? levels.csf : r > 52 ? levels.grey : r < lesionMm ? 2000 : levels.white))
const T1 = { csf: 300, grey: 700, white: 1000 }

/** Labels by intensity alone, in steps of the z-score: below −2 background, −0.8 CSF, 0 grey, 2.5 white, above lesion. */
const byIntensity = voxelEngine(2, ([t1, flair]) => {
  const own = [-2, -0.8, 0, 2.5].filter((step) => t1! + flair! > step).length
  return [0, 1, 2, 3, 4].map((label) => (label === own ? 5 : 0))
})

async function warned(channel: 't1' | 'flair', scan: Volume<'scan'>, pipeline = card): Promise<string[]> {
  const { warnings } = await segment(new Map([[channel, scan]]), pipeline, byIntensity)
  return warnings.map(({ code }) => code)
}

test('a whole head of the right contrast gets no warning', async () => {
  assert.deepEqual(await warned('t1', head(T1)), [])
})

test('the bundled model says of a T1 alone that it shows no lesions, and of a FLAIR alone what it shows poorly', async () => {
  const whole = { ...card, assessment: bundled.assessment }
  assert.deepEqual(await warned('t1', head(T1, 15), whole), ['not-assessable'])
  assert.ok((await warned('flair', head(T1), whole)).includes('low-reliability'))
})

test('a head of which everything down to the neck is called tissue is implausible, and nothing else is said', async () => {
  const column = head(T1)
  for (let k = 0; k < 30; k++)
    for (let j = 16; j < 48; j++) column.data.fill(800, EDGE * (j + EDGE * k) + 16, EDGE * (j + EDGE * k) + 48)
  const { warnings } = await segment(new Map([['t1', column]]), card, byIntensity)
  assert.match(
    warnings.find(({ code }) => code === 'implausible')!.message,
    /^no brain is like this: \d+ mL lie more than 150 mm below/,
  )
  assert.deepEqual(
    oneForEachCause(warnings).map(({ code }) => code),
    ['implausible'],
  )
})

test('water with noise is a phantom: one intensity, and no grey matter beside the white', async () => {
  const found = await warned(
    't1',
    ball((r, at) => (r > 72 ? 0 : 1000 + 30 * (((at * 7919) % 101) / 50 - 1))),
  )
  assert.equal(found[0], 'homogeneous')
})

test('computed tomography of a head is told by its values', async () => {
  const found = await warned(
    't1',
    ball((r) => (r > 76 ? -1000 : r > 70 ? 1100 : r > 66 ? 10 : r > 52 ? 38 : 30)),
  )
  assert.ok(found.includes('hounsfield-units'), found.join())
})

test('a photograph, one slice of a gradient, is no brain', async () => {
  const data = Float32Array.from({ length: 160 * 120 }, (_, at) => at % 160)
  const photograph: Volume<'scan'> = { frame: 'scan', shape: [160, 120, 1], affine: AFFINE, data }
  const found = await warned('t1', { ...photograph, affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] })
  assert.deepEqual(found, ['thin-slab', 'unusual-size', 'no-brain'])
})

test('an empty volume and one of a single intensity are refused', async () => {
  for (const value of [0, 7]) {
    const scans = new Map([['t1', ball(() => value)]])
    await assert.rejects(segment(scans, card, byIntensity), faultOf('scan-constant'))
  }
})

test('a head cut in half says by which end', async () => {
  const whole = head(T1)
  const lower: Volume<'scan'> = { ...whole, shape: [EDGE, EDGE, 34], data: whole.data.slice(0, EDGE * EDGE * 34) }
  const { warnings } = await segment(new Map([['t1', lower]]), card, byIntensity)
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['field-of-view-cut'],
  )
  assert.match(warnings[0]!.message, /: superior \(\d+ %\)/)
})

test('more lesion than in training is told where the card says how much that was', async () => {
  // A ball of 30 mm has 113 mL.
  assert.ok((await warned('t1', head(T1, 30))).includes('lesion-load'))
  assert.ok(!(await warned('t1', head(T1, 15))).includes('lesion-load')) // 14 mL
  const { trainedRange: _, ...silent } = card
  assert.ok(!(await warned('t1', head(T1, 30), silent)).includes('lesion-load'))
})

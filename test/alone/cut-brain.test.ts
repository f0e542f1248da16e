/** Scans that show less than a brain: cut through it, or stripped and thick. What is there must be labelled as in the whole. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { segment } from '../../src/inference/segment.ts'
import { type Model, readModels } from '../../src/model/registry.ts'
import { type OpenEngine, openEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import type { Volume } from '../../src/volume/volume.ts'
import { reslicedScan } from '../../training/sources/reslice.ts'
import { diceOf } from '../fixtures/dice.ts'
import { DATA_DIR } from '../fixtures/real-scans.ts'

const REPORTS = join(DATA_DIR, 'reports')
const PATIENT = join(DATA_DIR, 'lesion/muschellij2__open_ms_data/cross_sectional/MNI/patient19')
const [T1, FLAIR] = ['T1', 'FLAIR'].map((sequence) =>
  join(PATIENT, `${sequence}_N4_noneck_reduced_winsor_regtoFLAIR_brain_N4_regtoMNI.nii.gz`),
) as [string, string]
const skip = existsSync(REPORTS) && existsSync(FLAIR) ? false : 'the scans (../shared/data) are not here'
const LIMITS = { maxFileBytes: 2 ** 28, maxInflatedBytes: 2 ** 30, maxVoxels: 2 ** 27 }
const TISSUE = [1, 2, 3]
const LESION = 4

let model: Model
let open: OpenEngine
before(async () => {
  if (skip !== false) return
  model = (await readModels(resolve(import.meta.dirname, '../../models')))[0]!
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 0 })
})
after(() => open?.close())

const read = async (path: string): Promise<Volume<'scan'>> => (await readNifti(path, LIMITS)).volume
const run = (scans: Readonly<Record<string, Volume<'scan'>>>) =>
  segment(new Map(Object.entries(scans)), model.card, open.engine)

/** The first `count` planes along k; the affine stays. */
function lower<V extends { shape: Volume<'scan'>['shape']; data: Float32Array | Uint8Array }>(
  scan: V,
  count: number,
): V {
  const [nx, ny] = scan.shape
  return { ...scan, shape: [nx, ny, count], data: scan.data.slice(0, nx * ny * count) }
}

const count = (labels: Uint8Array, label: number) => labels.reduce((sum, value) => sum + (value === label ? 1 : 0), 0)

/** Labels of the last 5 mm (slices of 1 mm) of the first `planes` slices. */
const lastOf = ({ data, shape: [nx, ny] }: { data: Uint8Array; shape: Volume<'scan'>['shape'] }, planes: number) =>
  data.subarray(nx * ny * (planes - 5), nx * ny * planes)

test('the last 5 mm of a stripped T1 that ends in the brain are labelled as in the whole, and the end is told', {
  skip,
}, async (t) => {
  const [whole, cut] = [await read(join(REPORTS, 'strip_small.nii.gz')), await read(join(REPORTS, 'strip_cut.nii.gz'))]
  const planes = cut.shape[2]
  const expected = (await run({ t1: whole })).labels
  const { labels, warnings } = await run({ t1: cut })
  const scores = TISSUE.map((label) => diceOf(lastOf(labels, planes), lastOf(expected, planes), label))
  t.diagnostic(`Dice ${scores.map((score) => score.toFixed(3)).join(', ')}`)
  assert.ok(Math.min(...scores) >= 0.85, scores.join(', '))
  assert.ok(warnings.some(({ code }) => code === 'field-of-view-cut'))
})

test('lesions at the end of a cut T1 and FLAIR are kept', { skip }, async (t) => {
  const [t1, flair] = [await read(T1), await read(FLAIR)]
  const expected = (await run({ t1, flair })).labels
  const { labels } = await run({ t1: lower(t1, 102), flair: lower(flair, 102) })
  const [found, there] = [lastOf(labels, 102), lastOf(expected, 102)]
  const score = diceOf(found, there, LESION)
  t.diagnostic(`${count(found, LESION)} of ${count(there, LESION)} voxels of 1 mm³, Dice ${score.toFixed(3)}`)
  assert.ok(count(there, LESION) > 1000 && score >= 0.8)
})

test('of a stripped FLAIR of 8 mm no more than 5 % is unlabelled', { skip }, async (t) => {
  const thick = reslicedScan(await read(FLAIR), { axis: 'S', mm: 8 })
  const { labels } = await run({ flair: thick })
  let [inside, unlabelled] = [0, 0]
  for (let at = 0; at < thick.data.length; at++) {
    if (thick.data[at] === 0) continue
    inside++
    if (labels.data[at] === 0) unlabelled++
  }
  t.diagnostic(`${((100 * unlabelled) / inside).toFixed(1)} % of ${inside} voxels`)
  assert.ok(unlabelled <= 0.05 * inside)
})

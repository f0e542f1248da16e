/** What the scans cannot show, and what cannot be a brain, from a file to the label map and the report. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { faultOf } from '../../test/fixtures/fault.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../../test/fixtures/tiny-model.ts'
import { type Model, readModel } from '../model/registry.ts'
import { type OpenEngine, openEngine } from '../network/ort.ts'
import { readNifti } from '../nifti/read.ts'
import { segmentFiles } from './segment-files.ts'

const limits = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }

let folder: string
let model: Model
let open: OpenEngine
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-'))
  model = await readModel((await makeTinyModel(folder)).folder)
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 1 })
  await writeFile(join(folder, 't1.nii'), tinyScan())
})
after(async () => {
  await open.close()
  await rm(folder, { recursive: true })
})

/** The model, which says that a T1 shows no lesions, and tissue poorly. */
function blindToLesions(): Model {
  const labels = [
    { label: 'brain tissue', verdict: 'low' as const, evidence: 'none' },
    { label: 'lesion', verdict: 'none' as const, evidence: 'none' },
  ]
  return { ...model, card: { ...model.card, assessment: [{ channels: ['t1'], labels }] } }
}

test('a lesion that the scan cannot show is null, warned of, and neither in the map nor in its table', async () => {
  const [outPath, scans] = [join(folder, 'blind.nii.gz'), { t1: join(folder, 't1.nii') }]
  const report = await segmentFiles({ scans, model: blindToLesions(), outPath, limits }, open)
  const { voxels, volumeMl, assessable, confidence } = report.labels[2]!
  assert.deepEqual([voxels, volumeMl, assessable, confidence], [null, null, false, undefined])
  const unknown = { assessable: false, count: null, totalMl: null, largestMl: null, list: null, places: null }
  assert.deepEqual(report.lesions, unknown)
  const bytes = gunzipSync(await readFile(outPath))
  const found = (await readNifti(outPath, limits)).volume.data
  assert.deepEqual(
    Uint8Array.from(found),
    tinyHead(24).labels.map((label) => Math.min(label, 1)),
  )
  assert.ok(bytes.includes('brain tissue') && !bytes.includes('lesion'))
  // what the network called lesion is tissue now: 12³ voxels
  assert.deepEqual([report.labels[1]!.voxels, report.labels[1]!.reliability], [1728, 'low'])
  const told = report.warnings.filter(({ code }) => code === 'not-assessable' || code === 'low-reliability')
  assert.deepEqual(
    told.map(({ code, message }) => [code, message]),
    [
      ['not-assessable', 'lesion cannot be seen from t1 alone'],
      ['low-reliability', 'brain tissue from t1 alone: measured to be poor'],
    ],
  )
})

test('other channels than those of which the card speaks show every label', async () => {
  const [outPath, scans] = [join(folder, 'seeing.nii.gz'), { flair: join(folder, 't1.nii') }]
  const report = await segmentFiles({ scans, model: blindToLesions(), outPath, limits }, open)
  assert.deepEqual([report.labels[2]!.voxels, report.lesions.count, report.labels[1]!.reliability], [64, 1, undefined])
})

test('what is no brain fails where it is strict, with what was seen, and leaves no map', async () => {
  const [outPath, confidencePath] = [join(folder, 'strict.nii.gz'), join(folder, 'strict-sure.nii.gz')]
  const task = { scans: { t1: join(folder, 't1.nii') }, model, outPath, confidencePath, limits }
  const run = segmentFiles({ ...task, strict: true }, open)
  await assert.rejects(run, faultOf('implausible-result', /^no brain was found: 2 mL .* \(no-brain\): see whether/))
  assert.ok(!(await readdir(folder)).some((name) => name.startsWith('strict')))
})

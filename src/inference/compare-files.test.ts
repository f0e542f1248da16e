import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { dicomSeries, type MadeScan, T1 } from '../../test/fixtures/dicom-study.ts'
import { faultOf } from '../../test/fixtures/fault.ts'
import { popplerMissing, textOf } from '../../test/fixtures/poppler.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../../test/fixtures/tiny-model.ts'
import { fateValue } from '../measure/fate-labels.ts'
import { type Model, readModel } from '../model/registry.ts'
import { type OpenEngine, openEngine } from '../network/ort.ts'
import { readNifti } from '../nifti/read.ts'
import { compareFiles } from './compare-files.ts'
import { COMPARISON_FILES } from './comparison-files.ts'

const limits = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }

let folder: string
let model: Model
let open: OpenEngine
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-'))
  model = await readModel((await makeTinyModel(folder, { aligns: true })).folder)
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 1 })
  await writeFile(join(folder, 't1.nii'), tinyScan())
})
after(async () => {
  await open.close()
  await rm(folder, { recursive: true })
})

test('two dates go in; maps on both grids, the changes and the report come out', async () => {
  const outDir = join(folder, 'out')
  await mkdir(outDir)
  const t1 = join(folder, 't1.nii')
  const report = await compareFiles({ scans: { before: { t1 }, after: { t1 } }, model, outDir, limits }, open)
  const scans = ['before-midway-t1.nii.gz', 'after-midway-t1.nii.gz']
  assert.deepEqual((await readdir(outDir)).sort(), [...COMPARISON_FILES, ...scans].sort())
  for (const name of ['before', 'after', 'before-midway', 'after-midway']) {
    const { volume } = await readNifti(join(outDir, `${name}.nii.gz`), limits)
    assert.deepEqual(volume.shape, [24, 24, 24])
    // world coordinates of the same voxels: the grid half-way is the scan's own, for nothing moved
    assert.deepEqual(volume.affine, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    assert.deepEqual(Uint8Array.from(volume.data), tinyHead(24).labels)
  }
  assert.deepEqual(JSON.parse(await readFile(join(outDir, 'report.json'), 'utf8')), JSON.parse(JSON.stringify(report)))
  const lines = (await readFile(join(outDir, 'changes.csv'), 'utf8')).trimEnd().split('\r\n')
  assert.equal(lines.length, 2)
  assert.match(lines[1]!, /^lesion,unchanged,1,1,0\.064,0\.064,0\.000,/)
  assert.equal(report.ventricles, null)
  const fates = await readNifti(join(outDir, 'fates-midway.nii.gz'), limits)
  const { labels, scan } = tinyHead(24)
  assert.deepEqual(
    Uint8Array.from(fates.volume.data),
    labels.map((label) => (label === 2 ? fateValue('unchanged') : 0)),
  )
  // a scan half-way is kept in steps of a 32767th of its largest value
  const { volume } = await readNifti(join(outDir, 'after-midway-t1.nii.gz'), limits)
  assert.ok(volume.data.every((value, at) => Math.abs(value - scan[at]!) < 200 / 32767))
})

test('the page to print and the picture are the same each time, and the page has the digits of the report', {
  skip: popplerMissing,
}, async () => {
  const t1 = join(folder, 't1.nii')
  const filesOf = async (name: string) => {
    const outDir = join(folder, name)
    await mkdir(outDir)
    await compareFiles({ scans: { before: { t1 }, after: { t1 } }, model, outDir, limits }, open)
    return Promise.all(['report.pdf', 'picture.png', 'fates-midway.nii.gz'].map((file) => readFile(join(outDir, file))))
  }
  const [first, again] = [await filesOf('first'), await filesOf('again')]
  assert.deepEqual(first, again)
  const text = textOf(first[0]!)
  // 12³ voxels of 1 mm³ with 4³ of lesion in them
  for (const told of [
    /brain tissue\n +1\.664 mL to 1\.664 mL\n +\+0\.0 %/,
    /lesion\n +0\.064 mL to 0\.064 mL\n +\+0\.0 % \(noise [\d.]+ %: no change\)/,
    /unchanged: 1/,
    /Both dates were carried half-way to each other \(0\.0 mm between them\)/,
    /Model tiny 0\.0\.1/,
    /Research use only\. onelabel is not a medical device\./,
  ])
    assert.match(text, told)
})

test('DICOM of two patients is refused, of one is not', async () => {
  const series = async (name: string, scan: MadeScan) => {
    const path = join(folder, name)
    await mkdir(path)
    for (const [k, bytes] of dicomSeries(scan).entries()) await writeFile(join(path, `${k}.dcm`), bytes)
    return path
  }
  const one = await series('one', T1)
  const later = await series('later', { ...T1, studyUid: '1.2.4', frameUid: '1.2.4.9', studyDate: '20270102' })
  const other = await series('other', { ...T1, patientId: 'another' })
  const outDir = join(folder, 'dicom')
  await mkdir(outDir)
  const run = (t1: string) =>
    compareFiles({ scans: { before: { t1: one }, after: { t1 } }, model, outDir, limits }, open)
  await assert.rejects(run(other), faultOf('dicom-several-patients', /2 patients/))
  assert.deepEqual(await readdir(outDir), [])
  const { usedChannels } = await run(later)
  assert.deepEqual(usedChannels, ['t1'])
})

test('a fault of a file says which date and channel it is of', async () => {
  const t1 = join(folder, 't1.nii')
  const broken = join(folder, 'broken.nii')
  await writeFile(broken, 'no scan')
  await assert.rejects(
    compareFiles({ scans: { before: { t1 }, after: { t1: broken } }, model, outDir: folder, limits }, open),
    faultOf('not-nifti', /^after, channel t1: /),
  )
})

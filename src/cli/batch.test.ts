/** `onelabel segment --batch` as a process: what lies there when it ends, and when it was killed. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { batchRunner, makeAssessedModel, openedIn, statesIn, tableIn, writeSubject } from '../../test/fixtures/bids.ts'
import { until } from '../../test/fixtures/service.ts'
import { tinyHead } from '../../test/fixtures/tiny-model.ts'
import { readNifti } from '../nifti/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-batch-'))
const { models, argsFor, environment, runBatch } = batchRunner(folder)
const [bids, whole] = [join(folder, 'bids'), join(folder, 'whole')]
const MAPS = ['sub-1/anat/sub-1_dseg', 'sub-2/anat/sub-2_dseg', 'sub-10/ses-a/anat/sub-10_ses-a_dseg']

before(async () => {
  await makeAssessedModel(models)
  writeSubject(bids, 'sub-1', ['T1w.nii.gz', 'FLAIR.nii'])
  writeSubject(bids, 'sub-2', ['T1w.nii.gz'])
  writeSubject(bids, 'sub-3', ['T1w.nii.gz'], Buffer.from('not a scan'))
  writeSubject(bids, 'sub-10/ses-a', ['acq-x_T1w.nii', 'FLAIR.nii.gz'])
})
after(() => rmSync(folder, { recursive: true }))

const STATES = [
  ['sub-1', '', 'done', ''],
  ['sub-2', '', 'done', ''],
  ['sub-3', '', 'failed', 'not-nifti'],
  ['sub-10', 'ses-a', 'done', ''],
]

test('every subject has a row, those with scans a map; one that is broken does not stop the rest', async () => {
  const ended = runBatch(bids, whole)
  assert.equal(ended.status, 3, ended.stderr)
  assert.equal(ended.stdout, '')
  assert.match(ended.stderr, /^1 of 4 sub-1: done in .*no-brain.*; .* left\n/)
  assert.match(ended.stderr, /^3 of 4 sub-3: failed: channel t1: .* \(not-nifti\)/m)
  assert.match(ended.stderr, /^3 done \(0 before\), 1 failed, 0 to do\n$/m)
  assert.deepEqual(ended.opened, ['model.onnx', 'tissue-finder.onnx'])
  assert.deepEqual(statesIn(whole), STATES)
  // 12³ voxels of head, 4³ of them lesion, 1 µL each (tiny-model.ts); a T1 alone does not show the lesion.
  const [first, second, third] = tableIn(whole)
  assert.deepEqual(
    [
      first!['scans'],
      first!['brain_tissue_ml'],
      first!['lesion_ml'],
      first!['intracranial_ml'],
      first!['lesions_count'],
    ],
    ['t1 flair', '1.664', '0.064', '1.728', '1'],
  )
  assert.deepEqual(
    [second!['brain_tissue_ml'], second!['lesion_ml'], second!['lesion_percent'], second!['lesions_count']],
    ['1.728', '', '', ''],
  )
  assert.deepEqual([third!['intracranial_ml'], third!['model'], third!['seconds']], ['', '', ''])
  const limits = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }
  for (const map of [MAPS[0], MAPS[2]]) {
    const { volume } = await readNifti(join(whole, `${map}.nii.gz`), limits)
    assert.deepEqual(Uint8Array.from(volume.data), tinyHead(24).labels)
  }
})

test('each map has a picture, and one page shows them all, whoever failed too', () => {
  for (const map of MAPS) {
    const bytes = readFileSync(join(whole, `${map}.png`))
    assert.deepEqual([...bytes.subarray(1, 4)], [...Buffer.from('PNG')])
  }
  const page = readFileSync(join(whole, 'qc.html'), 'utf8')
  assert.equal(page.match(/<article /g)?.length, 4)
  assert.equal(page.match(/<img /g)?.length, 3)
  assert.match(page, /<h2>sub-10, ses-a<\/h2>/)
  assert.match(page, /failed: [^<]*not-nifti/)
})

test('the folder is a BIDS derivative, and says where each map comes from', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(whole, name), 'utf8'))
  const { GeneratedBy, DatasetType, DatasetLinks } = read('dataset_description.json')
  assert.deepEqual([GeneratedBy[0].Name, GeneratedBy[1].Name, GeneratedBy[1].Version], ['onelabel', 'tiny', '0.0.1'])
  assert.equal(DatasetType, 'derivative')
  assert.equal(DatasetLinks.raw, '../bids')
  const sidecar = read(`${MAPS[2]}.json`)
  assert.deepEqual(sidecar.Sources, [
    'bids:raw:sub-10/ses-a/anat/sub-10_ses-a_acq-x_T1w.nii',
    'bids:raw:sub-10/ses-a/anat/sub-10_ses-a_FLAIR.nii.gz',
  ])
  assert.equal(sidecar.SpatialReference, sidecar.Sources[0])
  assert.equal(sidecar.Report.labels[1].volumeMl, 1.664)
  assert.match(
    readFileSync(join(whole, 'dseg.tsv'), 'utf8'),
    /^index\tname\tcolor\tcode\n0\tbackground\t#000000\tn\/a\n1\tbrain tissue\t#a0a0a0\t/,
  )
  for (const name of ['itksnap.txt', 'freesurfer.txt', 'lut', 'ctbl'])
    assert.ok(existsSync(join(whole, `labels.${name}`)), name)
})

test('a second run of the same command computes nothing, and does not even load the network', () => {
  const before = readFileSync(join(whole, 'volumes.csv'), 'utf8')
  const again = runBatch(bids, whole)
  assert.equal(again.status, 3, again.stderr)
  assert.deepEqual(again.opened, [])
  assert.match(again.stderr, /^3 done \(3 before\), 1 failed, 0 to do\n$/m)
  assert.equal(readFileSync(join(whole, 'volumes.csv'), 'utf8'), before)
})

test('a run that was killed goes on where it stopped', async () => {
  const out = join(folder, 'killed')
  const { counted, env } = environment(out, { HOLD_AFTER: '2' })
  const child = spawn(process.execPath, argsFor(bids, out), { env, stdio: 'ignore' })
  await until(() => existsSync(join(counted, 'held')))
  child.kill('SIGKILL')
  await once(child, 'close')
  assert.deepEqual(openedIn(counted), ['model.onnx', 'tissue-finder.onnx'])
  assert.deepEqual(
    MAPS.map((map) => existsSync(join(out, `${map}.json`))),
    [true, true, false],
  )
  assert.deepEqual(
    statesIn(out).map(([, , status]) => status),
    ['done', 'done', 'failed', 'waiting'],
  )
  const writtenMs = MAPS.slice(0, 2).map((map) => statSync(join(out, `${map}.nii.gz`)).mtimeMs)
  const resumed = runBatch(bids, out)
  assert.equal(resumed.status, 3, resumed.stderr)
  assert.deepEqual(resumed.opened, ['model.onnx', 'tissue-finder.onnx'])
  assert.deepEqual(statesIn(out), STATES)
  assert.match(resumed.stderr, /^3 done \(2 before\), 1 failed, 0 to do\n$/m)
  assert.deepEqual(
    MAPS.slice(0, 2).map((map) => statSync(join(out, `${map}.nii.gz`)).mtimeMs),
    writtenMs,
  )
  const withoutSeconds = (table: ReturnType<typeof tableIn>) => table.map(({ seconds: _, ...row }) => row)
  assert.deepEqual(withoutSeconds(tableIn(out)), withoutSeconds(tableIn(whole)))
})

test('what is half there, of other options or of another scan is computed again', () => {
  const [out, scans] = [join(folder, 'changed'), join(folder, 'scans')]
  writeSubject(scans, 'sub-1', ['T1w.nii'])
  writeSubject(scans, 'sub-2', ['T1w.nii'])
  assert.equal(runBatch(scans, out).status, 0)
  const told = () => runBatch(scans, out).stderr.match(/^\d done \(\d before\)/m)?.[0]
  assert.equal(told(), '2 done (2 before)')
  writeFileSync(join(out, `${MAPS[0]}.nii.gz`), 'half')
  assert.equal(told(), '2 done (1 before)')
  writeSubject(scans, 'sub-2', ['T1w.nii'], Buffer.from('not a scan any more'))
  assert.equal(told(), '1 done (1 before)')
  assert.equal(existsSync(join(out, `${MAPS[1]}.nii.gz`)), false)
  assert.match(runBatch(scans, out, '--flip-average').stderr, /^1 done \(0 before\)/m)
})

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ANY_CLASS, BACKGROUND, setOf } from '../../method/label-sets.ts'
import { brainMaskSubjects, maskFile } from './brain-masks.ts'

test('a mask is named by the whole path of its scan, whatever format that has', () => {
  assert.equal(maskFile('raw/p01/study1_FLAIR.nii.gz'), 'raw_p01_study1_FLAIR.nii.gz')
  assert.equal(maskFile('raw/p02/study1_FLAIR.nii.gz'), 'raw_p02_study1_FLAIR.nii.gz')
  assert.equal(maskFile('norm.mgz'), 'norm.nii.gz')
})

test('inside anything but background, outside background, the rim anything; what is missing is said', () => {
  const root = mkdtempSync(join(tmpdir(), 'onelabel-masks-'))
  const [dataDir, workDir] = [join(root, 'data'), join(root, 'runs')]
  for (const folder of [join(dataDir, 'a'), join(workDir, 'brain')]) mkdirSync(folder, { recursive: true })
  for (const scan of ['a/one.nii.gz', 'a/two.nii.gz']) writeFileSync(join(dataDir, scan), '')
  writeFileSync(join(workDir, 'brain/a_one.nii.gz'), '')
  const scans = ['a/one.nii.gz', 'a/two.nii.gz', 'a/three.nii.gz']
  const { subjects, notes } = brainMaskSubjects(scans, 't1', { dataDir, workDir })
  assert.deepEqual(
    subjects.map(({ name, scans }) => [name, scans]),
    [['a/one.nii.gz', { t1: join(dataDir, 'a/one.nii.gz') }]],
  )
  const [outside, inside, rim] = [0, 1, 2].map((value) => subjects[0]!.sets.get(value))
  assert.deepEqual([outside, inside, rim], [setOf(BACKGROUND), ANY_CLASS - setOf(BACKGROUND), ANY_CLASS])
  assert.deepEqual(notes, [
    'a/two.nii.gz: no mask in the work folder (brain/a_two.nii.gz)',
    'a/three.nii.gz: not in the data folder',
  ])
})

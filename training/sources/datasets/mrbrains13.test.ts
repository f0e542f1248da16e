import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { faultOf } from '../../../test/fixtures/fault.ts'
import { niftiFiles, writeTree } from '../../../test/fixtures/folder-tree.ts'
import { assertCycle } from '../../../test/fixtures/stated-cycle.ts'
import { mrbrains13Subjects } from './mrbrains13.ts'
import { readSubject } from './subject.ts'

// one bit a class: background 1, CSF 2, grey 4, white 8, lesion 16, oedema 32, tumour 64
const NINE = [0, 1, 2, 3, 4, 5, 6, 7, 8]
const folder = await writeTree(
  niftiFiles(
    ['1', '2', '3', '4']
      .flatMap((id) => [`TrainingData/${id}/T1.nii`, `TrainingData/${id}/T1_1mm.nii`])
      .concat(['1', '2', '4'].map((id) => `TrainingData/${id}/T2_FLAIR.nii`)),
    {
      'TrainingData/1/LabelsForTraining.nii': NINE,
      'TrainingData/1/LabelsForTesting.nii': [0, 1, 2, 3],
      'TrainingData/2/LabelsForTesting.nii': [0, 1, 2, 3],
      'TrainingData/3/LabelsForTraining.nii': NINE,
      'TrainingData/4/LabelsForTraining.nii': [0, 9],
    },
  ),
)
after(() => rm(folder, { recursive: true }))

test('the eight labels state tissue and lesions; cerebellum and brain stem may be anything', async () => {
  const { subjects } = mrbrains13Subjects(folder, 'training', false)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['mrbrains13-1', 'mrbrains13-2', 'mrbrains13-4'],
  )
  assert.match(subjects[0]!.scans.t1!, /T1\.nii$/)
  assert.match(subjects[0]!.scans.flair!, /T2_FLAIR\.nii$/)
  await assertCycle(subjects[0]!, [1, 4, 4, 8, 16, 2, 2, 127, 127])
  await assertCycle(subjects[1]!, [1, 2, 4, 8 | 16])
})

test('a subject without the eight labels, or without a scan, is noted', () => {
  const { notes } = mrbrains13Subjects(folder, 'training', false)
  assert.equal(notes.length, 2)
  assert.match(notes[0]!, /^mrbrains13-3: left out, it has no T2_FLAIR/)
  assert.match(notes[1]!, /^mrbrains13-2: no LabelsForTraining/)
})

test('the three labels of the paper leave open whether white matter is lesion', async () => {
  const { subjects, notes } = mrbrains13Subjects(folder, 'testing', false)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['mrbrains13-1', 'mrbrains13-2'],
  )
  assert.deepEqual(notes.length, 2)
  await assertCycle(subjects[0]!, [1, 2, 4, 8 | 16])
})

test('taken literally, white matter is white matter, and what has no tissue label is background', async () => {
  await assertCycle(mrbrains13Subjects(folder, 'testing', true).subjects[0]!, [1, 2, 4, 8])
  await assertCycle(mrbrains13Subjects(folder, 'training', true).subjects[0]!, [1, 4, 4, 8, 16, 2, 2, 1, 1])
})

test('a ninth label is refused', async () => {
  const last = mrbrains13Subjects(folder, 'training', false).subjects[2]!
  await assert.rejects(readSubject(last), faultOf('nifti-header', /^mrbrains13-\d+: label 9 has no set/))
})

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { faultOf } from '../../../test/fixtures/fault.ts'
import { niftiFiles, writeTree } from '../../../test/fixtures/folder-tree.ts'
import { assertCycle } from '../../../test/fixtures/stated-cycle.ts'
import { readSubject } from './subject.ts'
import { tumorsimSubjects } from './tumorsim.ts'

// one bit a class: background 1, CSF 2, grey 4, white 8, lesion 16, oedema 32, tumour 64
const parts = (prefix: string) => ['T1', 'T1Gad', 'T2', 'FLAIR'].map((part) => `${prefix}${part}.nii.gz`)
const folder = await writeTree(
  niftiFiles(['Sim01_', 'nested/Sim02_', 'Sim03_'].flatMap(parts), {
    'Sim01_discrete_truth.nii.gz': [0, 1, 2, 3, 4, 5, 6],
    'nested/Sim02_discrete_truth.nii.gz': [0, 7],
  }),
)
after(() => rm(folder, { recursive: true }))

test('one subject for each beginning of file names', () => {
  const { subjects } = tumorsimSubjects(folder)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['tumorsim-Sim01', 'tumorsim-nested-Sim02'],
  )
  assert.match(subjects[0]!.scans.t1!, /Sim01_T1\.nii\.gz$/)
  assert.match(subjects[0]!.scans.flair!, /Sim01_FLAIR\.nii\.gz$/)
})

test('the truth is complete: background is background', async () => {
  await assertCycle(tumorsimSubjects(folder).subjects[0]!, [1, 8, 4, 2, 32, 64, 2])
})

test('a subject without truth is noted', () => {
  assert.deepEqual(tumorsimSubjects(folder).notes, [
    'tumorsim-Sim03: left out, it has no Sim03_discrete_truth.nii{,.gz}',
  ])
})

test('a seventh label is refused', async () => {
  const subject = tumorsimSubjects(folder).subjects[1]!
  await assert.rejects(readSubject(subject), faultOf('nifti-header', /label 7 has no set/))
})

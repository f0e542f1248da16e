import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { faultOf } from '../../../test/fixtures/fault.ts'
import { niftiFiles, writeTree } from '../../../test/fixtures/folder-tree.ts'
import { assertCycle } from '../../../test/fixtures/stated-cycle.ts'
import { readSubject } from './subject.ts'
import { wmh2017Subjects } from './wmh2017.ts'

// one bit a class: background 1, CSF 2, grey 4, white 8, lesion 16, oedema 32, tumour 64
const scansOf = (at: string) => [`${at}/T1.nii.gz`, `${at}/FLAIR.nii.gz`]
const published = await writeTree(
  niftiFiles(
    [
      ...['Utrecht/0/pre', 'Utrecht/0/orig', 'Singapore/69/orig', 'Amsterdam/GE3T/100/pre', 'Utrecht/2/pre'].flatMap(
        (at) => scansOf(`training/${at}`),
      ),
      ...scansOf('test/Utrecht/1/pre'),
    ],
    {
      'training/Utrecht/0/wmh.nii.gz': [0, 1, 2],
      'training/Singapore/69/wmh.nii.gz': [0, 3],
      'training/Amsterdam/GE3T/100/wmh.nii.gz': [0, 1, 2],
      'training/Singapore/50/wmh.nii.gz': [0, 1],
      'test/Utrecht/1/wmh.nii.gz': [0, 1],
    },
  ),
)
const of2017 = await writeTree(
  niftiFiles([...scansOf('Utrecht/0/pre'), ...scansOf('GE3T/100/pre')], {
    'Utrecht/0/wmh.nii.gz': [0, 1],
    'GE3T/100/wmh.nii.gz': [0],
  }),
)
after(() => Promise.all([published, of2017].map((folder) => rm(folder, { recursive: true }))))

test('the training part of the published tree is found, not its test part', () => {
  const { subjects } = wmh2017Subjects(published, false)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['wmh2017-Amsterdam-GE3T-100', 'wmh2017-Singapore-69', 'wmh2017-Utrecht-0'],
  )
  assert.match(subjects[1]!.scans.flair!, /orig.FLAIR/)
  assert.match(subjects[2]!.scans.flair!, /pre.FLAIR/)
})

test('the tree of 2017 is found', () => {
  const { subjects, notes } = wmh2017Subjects(of2017, false)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['wmh2017-GE3T-100', 'wmh2017-Utrecht-0'],
  )
  assert.deepEqual(notes, [])
})

test('background is anything but lesion, other pathology is anything', async () => {
  const subject = wmh2017Subjects(published, false).subjects[2]!
  assert.equal(subject.backgroundSet, 127 - 16)
  await assertCycle(subject, [127 - 16, 16, 127])
})

test('taken literally, what is not lesion is background', async () => {
  const subject = wmh2017Subjects(published, true).subjects[2]!
  assert.equal(subject.backgroundSet, 1)
  await assertCycle(subject, [1, 16, 1])
})

test('a subject without a lesion is a subject', async () => {
  await assertCycle(wmh2017Subjects(of2017, false).subjects[0]!, [127 - 16])
})

test('a subject without scans and one without lesions drawn are noted', () => {
  const { notes } = wmh2017Subjects(published, false)
  assert.equal(notes.length, 2)
  assert.match(notes[0]!, /^wmh2017-Singapore-50: left out, it has no pre.T1.*; no pre.FLAIR/)
  assert.equal(notes[1], 'wmh2017-Utrecht-2: left out, it has no wmh.nii{,.gz}')
})

test('a third label is refused', async () => {
  const subject = wmh2017Subjects(published, false).subjects[1]!
  await assert.rejects(readSubject(subject), faultOf('nifti-header', /label 3 has no set; declared are 0, 1, 2/))
})

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { faultOf } from '../../../test/fixtures/fault.ts'
import { niftiFiles, writeTree } from '../../../test/fixtures/folder-tree.ts'
import { assertCycle } from '../../../test/fixtures/stated-cycle.ts'
import { mrbrains18Subjects } from './mrbrains18.ts'
import { readSubject } from './subject.ts'

// one bit a class: background 1, CSF 2, grey 4, white 8, lesion 16, oedema 32, tumour 64
const ELEVEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const folder = await writeTree(
  niftiFiles(
    [
      ...['1/pre', '1/orig', '070/orig', '148/pre'].flatMap((at) => [`${at}/reg_T1.nii.gz`, `${at}/FLAIR.nii.gz`]),
      '5/pre/T1.nii.gz',
      '5/pre/FLAIR.nii.gz',
    ],
    { '1/segm.nii.gz': ELEVEN, '070/segm.nii.gz': ELEVEN, '148/segm.nii.gz': [0, 11], '5/segm.nii.gz': ELEVEN },
  ),
)
after(() => rm(folder, { recursive: true }))

test('subjects are found, corrected scans before original ones', () => {
  const { subjects } = mrbrains18Subjects(folder)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['mrbrains18-070', 'mrbrains18-1', 'mrbrains18-148'],
  )
  assert.match(subjects[0]!.scans.t1!, /070.orig.reg_T1/)
  assert.match(subjects[1]!.scans.t1!, /1.pre.reg_T1/)
  assert.match(subjects[1]!.scans.flair!, /1.pre.FLAIR/)
})

test('ten labels become tissue, lesion and what may be anything', async () => {
  const { subjects } = mrbrains18Subjects(folder)
  await assertCycle(subjects[0]!, [1, 4, 4, 8, 16, 2, 2, 127, 127, 127, 127])
})

test('a T1 that is not registered to the FLAIR is not taken', () => {
  assert.deepEqual(mrbrains18Subjects(folder).notes, [
    'mrbrains18-5: left out, it has no pre/reg_T1.nii{,.gz} or orig/reg_T1.nii{,.gz}',
  ])
})

test('an eleventh label is refused', async () => {
  const last = mrbrains18Subjects(folder).subjects[2]!
  await assert.rejects(readSubject(last), faultOf('nifti-header', /label 11 has no set/))
})

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { faultOf } from '../../../test/fixtures/fault.ts'
import { niftiFiles, writeTree } from '../../../test/fixtures/folder-tree.ts'
import { assertCycle } from '../../../test/fixtures/stated-cycle.ts'
import { brainwebSubjects } from './brainweb.ts'
import { readSubject } from './subject.ts'

// one bit a class: background 1, CSF 2, grey 4, white 8, lesion 16, oedema 32, tumour 64
const TWELVE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
const folder = await writeTree({
  ...niftiFiles(['subject04_t1w_p4.nii.gz', 'subject05_t1w_p4.nii.gz', 'subject06_t1w_p4.nii.gz'], {
    'subject04_crisp_v.nii.gz': TWELVE,
    'subject05_crisp_v.nii.gz': TWELVE.map((label) => 16 * label),
    'subject06_crisp_v.nii.gz': [0, 12],
  }),
  'subject18_t1w_p4.mnc.gz': Buffer.alloc(8),
  'subject18_crisp_v.mnc.gz': Buffer.alloc(8),
})
after(() => rm(folder, { recursive: true }))

const SETS = [1, 2, 4, 8, 1, 1, 1, 1, 2, 1, 1, 1]

test('vessels count as CSF, what lies around the brain as background', async () => {
  const { subjects } = brainwebSubjects(folder)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['brainweb-subject04', 'brainweb-subject05', 'brainweb-subject06'],
  )
  await assertCycle(subjects[0]!, SETS)
})

test('labels shifted by four bits mean the same', async () => {
  await assertCycle(brainwebSubjects(folder).subjects[1]!, SETS)
})

test('MINC files are noted, with the way to convert them', () => {
  const { notes } = brainwebSubjects(folder)
  assert.equal(notes.length, 2)
  assert.match(notes[0]!, /^brainweb-subject18: left out/)
  assert.match(notes[1]!, /2 files are MINC or raw.*mnc2nii/)
})

test('a twelfth label is refused', async () => {
  const subject = brainwebSubjects(folder).subjects[2]!
  await assert.rejects(readSubject(subject), faultOf('nifti-header', /label 12 has no set/))
})

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { faultOf } from '../../../test/fixtures/fault.ts'
import { cyclingVoxels, rampVoxels, writeTree } from '../../../test/fixtures/folder-tree.ts'
import { buildMha } from '../../../test/fixtures/mha.ts'
import { assertCycle } from '../../../test/fixtures/stated-cycle.ts'
import { brats2012Subjects } from './brats2012.ts'
import { readSubject } from './subject.ts'

// one bit a class: background 1, CSF 2, grey 4, white 8, lesion 16, oedema 32, tumour 64
const mha = (voxels: Uint8Array) => buildMha(Buffer.from(voxels), { DimSize: '16 16 16', CompressedData: 'True' })
const at = (id: string, part: string, n: number) => `Synthetic_Data/${id}/VSD.Brain${part}/VSD.Brain${part}.${n}.mha`
const scans = (id: string) =>
  ['T1', 'T1c', 'T2', 'Flair'].map((part, n) => [at(id, `.XX.O.MR_${part}`, n), mha(rampVoxels())] as const)
const OT = '_1more.XX.O.OT'
const folder = await writeTree(
  Object.fromEntries([
    ...['HG/0001', 'LG/0001', 'LG/0002'].flatMap(scans),
    [at('HG/0001', OT, 9), mha(cyclingVoxels([0, 1, 2]))],
    [at('LG/0002', OT, 9), mha(cyclingVoxels([0, 4]))],
  ]),
)
after(() => rm(folder, { recursive: true }))

test('both grades are found; T1 is not the T1 with contrast agent', () => {
  const { subjects } = brats2012Subjects(folder, false)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['brats2012-HG-0001', 'brats2012-LG-0002'],
  )
  assert.match(subjects[0]!.scans.t1!, /MR_T1\.0\.mha$/)
  assert.match(subjects[0]!.scans.flair!, /MR_Flair\.3\.mha$/)
})

test('only oedema and tumour are drawn: the rest is any class that is neither', async () => {
  const subject = brats2012Subjects(folder, false).subjects[0]!
  await assertCycle(subject, [1 + 2 + 4 + 8 + 16, 32, 64])
  await assertCycle(brats2012Subjects(folder, true).subjects[0]!, [1, 32, 64])
})

test('a MetaImage scan lies in RAS', async () => {
  const { scans } = await readSubject(brats2012Subjects(folder, false).subjects[0]!)
  const { shape, affine } = scans.get('t1')!
  assert.deepEqual(shape, [16, 16, 16])
  assert.deepEqual([affine[0], affine[5], affine[10]], [-1, -1, 1])
})

test('a subject without truth is noted', () => {
  const { notes } = brats2012Subjects(folder, false)
  assert.deepEqual(notes, ['brats2012-LG-0001: left out, it has no *OT/*.mha'])
})

test('a label of later years is refused', async () => {
  const subject = brats2012Subjects(folder, false).subjects[1]!
  await assert.rejects(readSubject(subject), faultOf('nifti-header', /label 4 has no set/))
})

/** Subjects that nobody has listed: a folder in a published layout, and pairs in a CSV. The subjects are phantoms. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Card, cardSchema } from '../../src/model/card.ts'
import { writeLabFolder } from '../../test/fixtures/lab-folder.ts'
import { openEvaluation } from './open-list.ts'
import { readListed } from './subject.ts'

const folder = await mkdtemp(join(tmpdir(), 'onelabel-own-'))
const file = join(import.meta.dirname, '../../models/joint-wmh/card.json')
const card: Card = cardSchema.parse(JSON.parse(await readFile(file, 'utf8')))
before(() => writeLabFolder(folder))
after(() => rm(folder, { recursive: true }))

test('a folder in a layout is a list with the hashes that its files have', async () => {
  const opened = await openEvaluation({ data: join(folder, 'WMH2017'), layout: 'wmh2017' }, card)
  assert.deepEqual(opened.notes, [])
  assert.deepEqual(
    opened.subjects.map(({ name }) => name),
    ['wmh2017-amsterdam-ge3t-100', 'wmh2017-utrecht-0'],
  )
  const [first] = opened.subjects
  const subject = await readListed(first!, opened.list, opened.dataDir, card.labels)
  assert.deepEqual([...subject.scans.keys()], ['t1', 'flair'])
  assert.deepEqual(subject.scored, [4])
  const counts = [0, 4].map((value) => subject.truth.data.filter((each) => each === value).length)
  assert.ok(counts[1]! > 0)
  assert.equal(counts[0]! + counts[1]!, subject.truth.data.length)
})

test('what is wrong with a CSV is told with its lines, and what is right is read as it says', async () => {
  const wmh = 'WMH2017/training/Utrecht/0'
  const csv = join(folder, 'pairs.csv')
  await writeFile(csv, 'subject,t1,truth,t2\nA,none.nii,none.nii,\n')
  await assert.rejects(openEvaluation({ list: csv }, card), (error: Error) => {
    assert.match(error.message, /line 1: there is no column 't2'; there are: subject, t1, flair, truth/)
    assert.match(error.message, /line 2: t1: there is no 'none\.nii'/)
    return true
  })
  await writeFile(csv, `subject,t1,flair,truth\nA,,${wmh}/pre/FLAIR.nii.gz,${wmh}/wmh.nii.gz\n`)
  const opened = await openEvaluation({ list: csv, meanings: ['white matter hyperintensity=1'] }, card)
  const subject = await readListed(opened.subjects[0]!, opened.list, opened.dataDir, card.labels)
  assert.deepEqual([...subject.scans.keys()], ['flair'])
  assert.deepEqual(subject.scored, [4])
  assert.ok(subject.truth.data.includes(4))
  // Without --truth the values are the model's own, and of these the file has 1.
  const own = await openEvaluation({ list: csv }, card)
  assert.deepEqual((await readListed(own.subjects[0]!, own.list, own.dataDir, card.labels)).scored, [1])
})

test('a model without a list, and a layout that there is not, are refused with what can be said', async () => {
  await assert.rejects(openEvaluation({}, { ...card, id: 'nobody' }), /no list of its own: give --list .*--layout/)
  await assert.rejects(openEvaluation({ data: folder, layout: 'wmh' }, card), /--layout is one of mrbrains13, .*'wmh'/)
})

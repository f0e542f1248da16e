import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ANY_CLASS, LESION, OEDEMA, setOf, TUMOUR } from '../../method/label-sets.ts'
import { distilledSubjects, NO_LESION, UNSURE } from './distilled.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-distilled-'))
after(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'distilled'))
for (const file of ['a.nii.gz', 'b.nii.gz', 'distilled/a.nii.gz']) writeFileSync(join(folder, file), '')

const LISTED = ['a', 'b', 'c'].map((name) => ({ name, scans: { flair: `${name}.nii.gz` } }))
const FOLDERS = { dataDir: folder, workDir: folder }

test('where labels are unsure a voxel may be anything; of people without a tumour, anything but that and its oedema', () => {
  const setsOf = (isTumourFree: boolean) => distilledSubjects(LISTED, isTumourFree, FOLDERS).subjects[0]!.sets
  assert.deepEqual(
    [UNSURE, NO_LESION, LESION].map((value) => setsOf(false).get(value)),
    [ANY_CLASS, ANY_CLASS - setOf(LESION), setOf(LESION)],
  )
  const mass = setOf(OEDEMA, TUMOUR)
  assert.deepEqual(
    [UNSURE, NO_LESION, LESION].map((value) => setsOf(true).get(value)),
    [ANY_CLASS - mass, ANY_CLASS - mass - setOf(LESION), setOf(LESION)],
  )
})

test('subjects without scans or labels are left out with a sentence', () => {
  const { subjects, notes } = distilledSubjects(LISTED, false, FOLDERS)
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['a'],
  )
  assert.match(notes.join(' '), /b: no labels in the work folder \(distilled\/b\.nii\.gz\) c: not in the data folder/)
})

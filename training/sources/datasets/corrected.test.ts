/** Corrected maps as the service packs them, laid out here by hand. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { buildNifti } from '../../../test/fixtures/nifti.ts'
import { correctedSubjects } from './corrected.ts'
import { readSubject } from './subject.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-corrected-'))
after(() => rmSync(folder, { recursive: true }))

const NAMES = [
  'background',
  'cerebrospinal fluid',
  'grey matter',
  'white matter',
  'white matter hyperintensity',
] as const

function put(path: string, content: Buffer | object): void {
  const at = join(folder, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, Buffer.isBuffer(content) ? content : JSON.stringify(content))
}

/** @param values of the map's voxels, the first of four rows that are the same */
function putCase(
  subject: string,
  values: readonly number[],
  over: { lie?: boolean; seen?: boolean; last?: string } = {},
) {
  const { lie = true, seen = true, last = NAMES[4] } = over
  const dim = [3, values.length, 2, 2]
  const rows = (one: readonly number[]) => [...one, ...one, ...one, ...one]
  const scan = buildNifti({ dim, data: rows(values).map((value) => 10 * value + 1), gz: true })
  const stem = `derivatives/onelabel/${subject}/anat/${subject}_desc-corrected_dseg`
  const labels = [...NAMES.slice(0, 4), last].map((name, value) => ({ value, name, assessable: value < 4 || seen }))
  put(`${subject}/anat/${subject}_T1w.nii.gz`, scan)
  put(`${stem}.nii.gz`, buildNifti({ datatype: 2, dim, data: rows(values), gz: true }))
  put(`${stem}.json`, { ScansLieOnEachOther: lie, GridChannel: 't1', Report: { labels } })
}

test('a corrected map states every label; white matter may hold lesions where nobody could see them', async () => {
  putCase('sub-seen', [0, 1, 2, 3, 4])
  putCase('sub-unseen', [0, 1, 2, 3, 3], { seen: false })
  put('sub-seen/anat/sub-seen_FLAIR.nii.gz', buildNifti({ dim: [3, 5, 2, 2], gz: true }))
  const { subjects, notes } = correctedSubjects(folder)
  assert.deepEqual(notes, [])
  assert.deepEqual(
    subjects.map(({ name, scans }) => [name, Object.keys(scans)]),
    [
      ['corrected-sub-seen', ['t1', 'flair']],
      ['corrected-sub-unseen', ['t1']],
    ],
  )
  // bits 0 to 4: background, CSF, grey, white, lesion
  assert.deepEqual([...(await readSubject(subjects[0]!)).sets.data.subarray(0, 5)], [1, 2, 4, 8, 16])
  assert.deepEqual([...(await readSubject(subjects[1]!)).sets.data.subarray(0, 5)], [1, 2, 4, 24, 24])
})

test('what cannot be used is left out, and a note says why', () => {
  putCase('sub-moved', [0, 1], { lie: false })
  putCase('sub-other', [0, 1], { last: 'cerebellum' })
  mkdirSync(join(folder, 'sub-bare/anat'), { recursive: true })
  const { subjects, notes } = correctedSubjects(folder)
  assert.equal(subjects.length, 2)
  assert.deepEqual(notes, [
    'corrected-sub-bare: left out, it has no desc-corrected_dseg.json',
    'corrected-sub-moved: left out, its scans do not lie on each other by their headers',
    'corrected-sub-other: left out, training knows no label of its name: cerebellum',
  ])
  assert.deepEqual(correctedSubjects(join(folder, 'sub-bare')).notes, ['corrected: no subject in its folder'])
})

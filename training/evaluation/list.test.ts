/** The committed lists: what their words mean, and that every file is named with its hash. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { cardSchema } from '../../src/model/card.ts'
import { filesOf, type ListedSubject, listPath, readList } from './list.ts'
import { casesOf } from './result.ts'
import { truthTable } from './value-ranges.ts'

const root = resolve(import.meta.dirname, '../..')
const dataDir = process.env['ONELABEL_TEST_DATA'] ?? resolve(root, '../shared/data')
const muse = join(dataDir, 'tissue/CBICA__NiChart_Project/resources/MUSE/list_MUSE_mapping_derived.csv')
const list = await readList(listPath('joint-wmh'))
const { labels } = cardSchema.parse(JSON.parse(readFileSync(join(root, 'models/joint-wmh/card.json'), 'utf8')))

/** Value of the truth → label value of the model. */
function tableOf(name: string): ReadonlyMap<number, number> {
  const subject = list.subjects.find((each) => each.name === name)
  assert.ok(subject?.kind === 'labels')
  return truthTable(subject.map, labels)
}

test('both lists name every file that they read with its hash, and no other', async () => {
  for (const model of ['joint-wmh', 'joint-tumour']) {
    for (const subject of (await readList(listPath(model))).subjects) {
      assert.deepEqual(Object.keys(subject.sha256).sort(), [...new Set(filesOf(subject))].sort(), subject.name)
    }
  }
})

test('FreeSurfer: white matter, cortex (three parcellations), nuclei, brain stem, ventricles, hypointensities', () => {
  const table = tableOf('freesurfer-subject')
  const codes = [2, 41, 3, 1035, 11175, 12101, 13, 16, 28, 251, 4, 24, 63, 77, 85]
  assert.deepEqual(
    codes.map((code) => table.get(code)),
    [3, 3, 2, 2, 2, 2, 2, 3, 3, 3, 1, 1, 1, 3, 0],
  )
})

test('MUSE: the composites 600 and 509 of its table are CSF, 601 grey, 604 and the brain stem (35) white', {
  skip: existsSync(muse) ? false : `${muse} is not there`,
}, () => {
  const rows = readFileSync(muse, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.split(','))
  const members = (code: number) =>
    rows
      .find(([first]) => first === `${code}`)!
      .slice(2)
      .filter(Boolean)
      .map(Number)
  const expected = [
    ...[...members(600), ...members(509)].map((region) => [region, 1] as const),
    ...members(601).map((region) => [region, 2] as const),
    ...[...members(604), 35].map((region) => [region, 3] as const),
  ]
  const sorted = (pairs: Iterable<readonly [number, number]>) => [...pairs].sort(([a], [b]) => a - b)
  assert.deepEqual(sorted(tableOf('nichart-subj1-tissue')), sorted(expected))
})

test('tissue-only truths count a found lesion as the white matter it lies in; ten scans are free of lesions', () => {
  for (const subject of list.subjects.filter(({ group }) => /tissue|5 mm|templates/.test(group))) {
    assert.deepEqual(subject.merge, { 'white matter hyperintensity': 'white matter' }, subject.name)
  }
  assert.equal(list.subjects.filter(({ group }) => group === 'lesion-free').length, 10)
})

test('every goal speaks of a group, an input and labels that the list scores', async () => {
  for (const model of ['joint-wmh', 'joint-tumour']) {
    const { goals, subjects } = await readList(listPath(model))
    const scored = subjects.flatMap((subject) =>
      casesOf(subject, false).flatMap(({ input }) =>
        labelsOf(subject).map((label) => ({ group: subject.group, input: input.join(' + '), label })),
      ),
    )
    assert.ok(goals.length > 0)
    for (const { text, ...goal } of goals) {
      for (const place of [goal.of, ...(goal.kind === 'compare' ? goal.against : [])]) {
        for (const label of place.labels) {
          const found = scored.some(
            (each) => each.group === place.group && each.label === label && (place.input ?? each.input) === each.input,
          )
          assert.ok(found, `${model}: ${text}: ${label}`)
        }
      }
    }
  }
})

/** The labels that a subject's truth states, or those that are to be scored. */
function labelsOf(subject: ListedSubject): readonly string[] {
  if (subject.score) return subject.score
  if (subject.kind === 'absent') return subject.absent
  return Object.keys(subject.kind === 'fractions' ? subject.fractions : subject.map)
}

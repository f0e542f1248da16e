import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelScore } from './evaluate.ts'
import type { CaseResult } from './result.ts'
import { absentRows, bestAndWorst, correlation, firstOfEach, summaryRows } from './summary.ts'

const score = (truthMl: number, foundMl: number, dice: number | null, f1: number | null = null): LabelScore => ({
  label: 'lesion',
  kind: 'lesion',
  dice,
  hd95Mm: dice === null || dice === 0 ? null : 2,
  truthMl,
  foundMl,
  errorMl: foundMl - truthMl,
  errorShare: truthMl === 0 ? null : (foundMl - truthMl) / truthMl,
  lesions: { truth: 1, truthFound: 1, found: 1, foundTrue: 1, f1 },
})

const result = (name: string, group: string, ...scores: LabelScore[]): CaseResult => ({
  name,
  group,
  note: '',
  licenceClass: 'A',
  input: ['t1', 'flair'],
  flipAverage: false,
  model: { id: 'm', version: '1.0.0', sha256: '0' },
  device: 'cpu',
  sha256: {},
  asked: '',
  seconds: 1,
  warnings: [],
  scores,
})

test('a group is averaged over its cases: Dice, HD95 where both have the label, absolute error, F1', () => {
  const rows = summaryRows([
    result('a', 'g', score(10, 12, 0.5, 0.25)),
    result('b', 'g', score(20, 16, 0.7, 0.75)),
    result('c', 'g', score(30, 0, 0, 0)),
    result('d', 'other', score(1, 1, 1, 1)),
  ])
  assert.deepEqual(rows.length, 2)
  const { dice, diceError, hd95Mm, errorMl, lesionF1, volumeR: _, ...rest } = rows[0]!
  assert.deepEqual(rest, { group: 'g', input: 't1 + flair', label: 'lesion', cases: 3 })
  assert.ok(Math.abs(dice - 0.4) < 1e-12)
  assert.ok(Math.abs(diceError - Math.sqrt(0.13 / 3)) < 1e-12) // (0.01 + 0.09 + 0.16) / 2 over 3 cases
  assert.ok(Number.isNaN(rows[1]!.diceError))
  assert.equal(hd95Mm, 2)
  assert.equal(errorMl, 12) // (2 + 4 + 30) / 3
  assert.ok(Math.abs(lesionF1 - 1 / 3) < 1e-12)
})

test('cases without the label in truth are counted by what was found falsely, and left out of the Dice', () => {
  const results = [
    result('a', 'free', score(0, 0, null)),
    result('b', 'free', score(0, 0.99, 0)),
    result('c', 'free', score(0, 5, 0)),
  ]
  assert.deepEqual(summaryRows(results), [])
  assert.deepEqual(absentRows(results), [
    { group: 'free', input: 't1 + flair', label: 'lesion', cases: 3, below: 2, largestMl: 5 },
  ])
})

test('flips averaged are a row of their own', () => {
  const plain = result('a', 'g', score(1, 1, 0.5))
  const rows = summaryRows([plain, { ...plain, flipAverage: true, scores: [score(1, 1, 0.6)] }])
  assert.deepEqual(
    rows.map(({ input, dice }) => [input, dice]),
    [
      ['t1 + flair', 0.5],
      ['t1 + flair, flips averaged', 0.6],
    ],
  )
})

test('the best and the worst of the cases in which there is something to be found', () => {
  const results = [0.9, 0.2, 0.6, 0.5].map((dice) => result(`d${dice}`, 'g', score(1, 1, dice)))
  const free = [result('little', 'free', score(0, 0.1, 0)), result('much', 'free', score(0, 9, 0))]
  const chosen = (all: CaseResult[]) => bestAndWorst(all).map((each) => `${each.which} ${each.result.name}`)
  assert.deepEqual(chosen([...free, ...results]), ['best d0.9', 'worst d0.2'])
  assert.deepEqual(chosen(free), ['best little', 'worst much'])
  assert.deepEqual([chosen([results[0]!]), chosen([])], [['worst d0.9'], []])
})

test('of each subject the first case that is not mirrored', () => {
  const [one, two] = [result('one', 'g'), result('two', 'g')]
  const all = [{ ...one, flipAverage: true }, one, { ...one, input: ['t1'] }, two]
  assert.deepEqual(firstOfEach(all), [one, two])
})

test('the correlation is 1 on a line, −1 on a falling one, 0.5 for 1 2 3 and 1 3 2, and none for two', () => {
  assert.ok(Math.abs(correlation([1, 2, 3], [10, 20, 30]) - 1) < 1e-12)
  assert.ok(Math.abs(correlation([1, 2, 3], [3, 2, 1]) + 1) < 1e-12)
  assert.ok(Math.abs(correlation([1, 2, 3], [1, 3, 2]) - 0.5) < 1e-12)
  assert.ok(Number.isNaN(correlation([1, 2], [1, 2])))
})

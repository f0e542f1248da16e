import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, standardDeviation } from '../evaluation/statistics.ts'
import { paperCell } from './paper-table.ts'
import type { CaseResult, MethodName, SubjectScores } from './result.ts'
import { byAnatomy, paired } from './scores.ts'
import { benchmarkTable } from './table.ts'

/** Dice of WMH and CSF a subject; HD95 is ten times the Dice in mm, where that is not 0. */
function result(method: MethodName, seed: number, dice: readonly (readonly [number, number | null])[]): CaseResult {
  const subjects = dice.map(
    (pair, at): SubjectScores => ({
      name: `s${at}`,
      anatomy: `map${at}`,
      dice: [1, ...pair],
      hd95Mm: [1, ...pair.map((d) => (d ? 10 * d : null))],
    }),
  )
  const labels = ['background', 'WMH', 'CSF']
  return { scenario: 'wmh', method, seed, labels, steps: 100, parameters: 2000, seconds: 10 * seed, subjects }
}

const FIVE = [0.1, 0.2, 0.3, 0.4, 0.5]
const ACE = [
  result('ace', 1, [
    [0.2, 0.7],
    [0, 0.8],
  ]),
  result('ace', 2, [
    [0.4, 0.9],
    [0.2, null],
  ]),
]
const rowOf = (text: string, start: string) => text.split('\n').filter((line) => line.startsWith(start))

test('an anatomy is averaged over its seeds first, and a null Dice is left out', () => {
  const close = (found: readonly number[], want: readonly number[]) =>
    assert.deepEqual(
      found.map((value) => value.toFixed(12)),
      want.map((value) => value.toFixed(12)),
    )
  close([...byAnatomy(ACE, 'dice', 1).values()], [0.3, 0.1])
  close([...byAnatomy(ACE, 'dice', 2).values()], [0.8, 0.8])
})

test('pairs are of the seeds and anatomies that both methods have', () => {
  const ours = [
    result('ours', 2, [
      [0.5, 0.5],
      [0.6, 0.6],
      [0.7, 0.7],
    ]),
  ]
  assert.deepEqual(paired(ours, ACE, 1), { a: [0.5, 0.6], b: [0.4, 0.2] })
})

test('deviation is that of a sample and the median of an even count lies between the middle two', () => {
  assert.equal(standardDeviation([1, 2, 3]), 1)
  assert.equal(standardDeviation([5]), 0)
  assert.equal(median([4, 1, 3, 2]), 2.5)
})

test('the class means of the paper table are those computed from it by hand', () => {
  const meanOf = (method: MethodName) =>
    ['WMH', 'CSF', 'GM', 'WM'].reduce((sum, label) => sum + paperCell('wmh', label, method)!.mean, 0) / 4
  assert.equal(meanOf('ace').toFixed(3), '0.725')
  assert.equal(paperCell('tumour', 'oedema', 'multi-unet')?.mean, 0.509)
  assert.equal(paperCell('wmh', 'white matter hyperintensity', 'ace')?.std, 0.245)
  assert.equal(paperCell('wmh', 'WMH', 'ours'), undefined)
})

test('the Dice table has mean (std) over subjects, with the paper below a method it has', () => {
  const text = benchmarkTable(ACE, 'npm run benchmark:paper', 2)
  // WMH: subjects 0.3 and 0.1, deviation √0.02 = 0.141
  assert.equal(rowOf(text, '| ace |')[0], '| ace | 0.200 (0.141) | 0.800 (0.000) | 0.500 |')
  assert.equal(rowOf(text, '| – paper')[0], '| – paper | 0.540 (0.245) | 0.750 (0.031) | 0.645 |')
  // HD95 of WMH: subject 0 (2 + 4) / 2, subject 1 only seed 2: 2 mm; median 2.5
  assert.equal(rowOf(text, '| ace |')[1], '| ace | 2.5 (1 of 4) | 8.0 (1 of 4) |')
  assert.equal(rowOf(text, '| ace |')[2], '| ace | 2 of 2 | 2 | 100 | 2000 | 15 |')
})

test('differences are said from the least to the most, and missing seeds are named', () => {
  const ours = [
    result(
      'ours',
      1,
      FIVE.map((d) => [0.3 + d, 0.5] as const),
    ),
  ]
  const ace = [1, 2].map((seed) =>
    result(
      'ace',
      seed,
      FIVE.map(() => [0.3, 0.5] as const),
    ),
  )
  const text = benchmarkTable([...ace, ...ours], 'x', 2)
  assert.deepEqual(rowOf(text, '| ours − ace'), [
    '| ours − ace | WMH | +0.300 | +0.100 to +0.500 |',
    '| ours − ace | CSF | +0.000 | +0.000 to +0.000 |',
  ])
  assert.match(text, /Missing cases: .*multi-unet \(0 of 2 seeds\).*ours \(1 of 2 seeds\)/)
  assert.deepEqual(
    ['| ace |', '| ours |'].map((start) => rowOf(text, start).length),
    [3, 3],
  )
})

test('two heads of one label map count once', () => {
  const [first, second] = result('ace', 1, [
    [0.2, 0.7],
    [0.4, 0.9],
  ]).subjects
  const cases = [{ ...ACE[0]!, subjects: [first!, { ...second!, anatomy: first!.anatomy }] }]
  assert.deepEqual(
    [...byAnatomy(cases, 'dice', 1)].map(([name, score]) => [name, score.toFixed(12)]),
    [['map0', '0.300000000000']],
  )
})

test('the same case twice is refused', () => {
  assert.throws(() => benchmarkTable([ACE[0]!, ACE[0]!], 'x', 1), /two results of wmh, ace, seed 1/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Goal } from './goal.ts'
import { judge } from './goals.ts'
import type { CaseResult } from './result.ts'

const result = (
  group: string,
  input: string[],
  scores: Record<string, [truthMl: number, foundMl: number, dice: number]>,
) =>
  ({
    group,
    input,
    flipAverage: false,
    scores: Object.entries(scores).map(([label, [truthMl, foundMl, dice]]) => ({ label, truthMl, foundMl, dice })),
  }) as unknown as CaseResult

const results = [
  result('real', ['t1'], { grey: [1, 1, 0.8], white: [1, 1, 0.9] }),
  result('real', ['t1'], { grey: [1, 1, 0.6], white: [1, 1, 0.9] }),
  result('real', ['t1', 'flair'], { grey: [1, 1, 0.82], white: [1, 1, 0.76] }),
  { ...result('real', ['t1'], { grey: [1, 1, 0], white: [1, 1, 0] }), flipAverage: true },
  result('free', ['t1'], { lesion: [0, 0.5, 0] }),
  result('free', ['t1', 'flair'], { lesion: [0, 2, 0] }),
]
const asked = results.filter(({ flipAverage }) => !flipAverage)
const labels = ['grey', 'white']

test('a Dice is the mean over cases, then over labels, of what was sent those channels', () => {
  const goal: Goal = { kind: 'dice', text: 'x', of: { group: 'real', input: 't1', labels }, atLeast: 0.8 }
  // grey (0.8 + 0.6) / 2 = 0.7, white 0.9
  assert.deepEqual(judge(goal, results, asked), { text: 'x', wanted: '0.800', measured: '0.800', met: true })
  assert.equal(judge({ ...goal, atLeast: 0.81 }, results, asked).met, false)
})

test('a comparison wants the best of the others, less the margin', () => {
  const both: Goal = {
    kind: 'compare',
    text: 'x',
    of: { group: 'real', input: 't1 + flair', labels },
    against: [{ group: 'real', input: 't1', labels }],
    margin: 0.01,
  }
  assert.deepEqual(judge(both, results, asked), { text: 'x', wanted: '0.790', measured: '0.790', met: true })
  assert.equal(judge({ ...both, margin: 0 }, results, asked).met, false)
})

test('lesion-free cases are counted over all that was sent', () => {
  const goal: Goal = { kind: 'absent', text: 'x', of: { group: 'free', labels: ['lesion'] }, atLeast: 0.9 }
  assert.deepEqual(judge(goal, results, asked), {
    text: 'x',
    wanted: '90 % below 1 mL',
    measured: '1 of 2',
    met: false,
  })
  assert.equal(judge({ ...goal, atLeast: 0.5 }, results, asked).met, true)
})

test('a goal is not met before every case of it was run', () => {
  const goal: Goal = { kind: 'dice', text: 'x', of: { group: 'real', input: 't1', labels }, atLeast: 0.5 }
  const another = { group: 'real', input: ['t1'] }
  assert.deepEqual(judge(goal, results, [...asked, another]), {
    text: 'x',
    wanted: '0.500',
    measured: '0.800',
    met: null,
  })
  assert.equal(judge(goal, results, [...asked, { ...another, input: ['flair'] }]).met, true)
})

test('what was not measured is neither met nor missed', () => {
  const nowhere = { group: 'nowhere', labels: ['grey'] }
  assert.equal(judge({ kind: 'dice', text: 'x', of: nowhere, atLeast: 0.5 }, results, asked).met, null)
  assert.equal(judge({ kind: 'absent', text: 'x', of: nowhere, atLeast: 0.5 }, results, asked).met, null)
  const of = { group: 'real', labels }
  assert.equal(judge({ kind: 'compare', text: 'x', of, against: [nowhere], margin: 0 }, results, asked).met, null)
})

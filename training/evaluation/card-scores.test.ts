import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cardScores } from './card-scores.ts'
import type { CaseResult } from './result.ts'

const result = (name: string, input: string[], dice: number | null, flipAverage = false): CaseResult => ({
  name,
  group: 'g',
  note: 'a head',
  licenceClass: 'A',
  input,
  flipAverage,
  model: { id: 'm', version: '1.0.0', sha256: '0' },
  device: 'cpu',
  sha256: { 'a.nii': 'aa', 'b.nii': 'bb' },
  asked: '',
  seconds: 1,
  warnings: [],
  scores: [
    {
      label: 'grey matter',
      kind: 'tissue',
      dice,
      hd95Mm: null,
      truthMl: 1,
      foundMl: 1,
      errorMl: 0,
      errorShare: 0,
      lesions: { truth: 0, truthFound: 0, found: 0, foundTrue: 0, f1: null },
    },
  ],
})

test('a card has one entry a subject: its first case, Dice to three digits, every file with its hash', () => {
  const scores = cardScores([
    result('one', ['t1'], 0.99, true),
    result('one', ['t1', 'flair'], 0.81249),
    result('one', ['flair'], 0.5),
    result('two', ['t1'], null),
  ])
  assert.deepEqual(scores, [
    { name: 'one', sha256: 'a.nii aa, b.nii bb', note: 't1 + flair; a head', dice: { 'grey matter': 0.812 } },
    { name: 'two', sha256: 'a.nii aa, b.nii bb', note: 't1; a head', dice: { 'grey matter': null } },
  ])
})

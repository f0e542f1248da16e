import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelSet } from '../../src/labels/label-set.ts'
import { parseValues, truthTable } from './value-ranges.ts'

const labels: LabelSet = ['background', 'grey', 'white'].map((name, value) => ({
  value,
  name,
  kind: value === 0 ? 'background' : 'tissue',
  color: [0, 0, 0],
}))

test('values and ranges, ends included', () => {
  assert.deepEqual(parseValues('3, 10-12,7'), [3, 10, 11, 12, 7])
  for (const wrong of ['', '3,', '-3', '1.5', 'x'])
    assert.throws(() => parseValues(wrong), /neither a value nor a range/)
  assert.throws(() => parseValues('12-10'), /runs backwards/)
})

test('a table names the model by label and refuses what is unclear', () => {
  assert.deepEqual([...truthTable({ white: '2, 41', grey: '3' }, labels)].sort(), [
    [2, 2],
    [3, 1],
    [41, 2],
  ])
  assert.throws(() => truthTable({ gray: '3' }, labels), /no label 'gray'; it has background, grey, white/)
  assert.throws(() => truthTable({ grey: '1-3', white: '3' }, labels), /value 3 of the truth is in two labels/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withDoubtful } from './doubtful.ts'

const row = (...data: number[]) => ({
  shape: [data.length, 1, 1] as const,
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  data: Uint8Array.from(data),
})

test('a doubtful lesion counts, as a whole, where the other map has one of its kind', () => {
  const labels = row(3, 3, 3, 3, 4, 3, 3, 3, 3, 3)
  const doubtful = row(4, 4, 0, 0, 0, 0, 4, 4, 0, 5)
  const sure = row(3, 4, 4, 3, 3, 3, 5, 3, 3, 5)
  assert.deepEqual([...withDoubtful(labels, doubtful, sure, [4, 5]).data], [4, 4, 3, 3, 4, 3, 3, 3, 3, 5])
  // neither of the three is another afterwards
  assert.equal(labels.data[0], 3)
})

test('without a doubtful lesion the labels are as they were', () => {
  const labels = row(1, 2, 3)
  assert.deepEqual(withDoubtful(labels, row(0, 0, 0), row(4, 4, 4), [4, 5]), labels)
})

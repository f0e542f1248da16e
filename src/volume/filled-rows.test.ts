import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filledRows } from './filled-rows.ts'
import { searchFilled, searchOther } from './row-search.ts'

const SHAPE = [5, 2, 1] as const
const DATA = Uint8Array.from([0, 3, 0, 1, 0, 0, 0, 0, 0, 0])

test('a row is asked for by the place where the walk begins it, forwards or backwards', () => {
  const along = filledRows(searchFilled(DATA), { strides: [1, 5, 10] }, SHAPE)
  assert.deepEqual([along.startOf(0), along.endOf(0)], [1, 4])
  const back = filledRows(
    searchFilled(Float32Array.from([0, 3, 0, 1, 7, 0, 0, 0, 0, 0])),
    { strides: [-1, 5, 10] },
    SHAPE,
  )
  // from its last voxel, which holds something, to the one that was the second
  assert.deepEqual([back.startOf(4), back.endOf(4)], [0, 4])
})

test('of a row that is empty there is nothing, whatever value says so', () => {
  const zeros = filledRows(searchFilled(DATA), { strides: [1, 5, 10] }, SHAPE)
  assert.ok(zeros.startOf(5) >= zeros.endOf(5))
  const ones = filledRows(searchOther(Uint8Array.from([1, 1, 2, 0, 1]), 1), { strides: [1, 5, 5] }, [5, 1, 1])
  assert.deepEqual([ones.startOf(0), ones.endOf(0)], [2, 4])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settlePadding } from './settle-padding.ts'

/** 5 × 5 × 5 of 10 and 20 in turn, nothing measured in the first layer and in the middle. */
function volume(): Float32Array {
  const data = Float32Array.from({ length: 125 }, (_, at) => (at % 2 === 0 ? 10 : 20))
  data.fill(Number.NaN, 0, 25)
  data[62] = Number.NaN
  return data
}

test('padding at the edge becomes 0, a hole within keeps a value that is like the others', () => {
  const data = volume()
  assert.equal(settlePadding(data, [5, 5, 5], [12, 12, 12, 12, 12])?.code, 'no-data')
  assert.ok(data.subarray(0, 25).every((value) => value === 0))
  assert.equal(data[62], 12)
})

test('a hole whose value is nothing like the others takes the mean of its neighbours', () => {
  const data = volume()
  settlePadding(data, [5, 5, 5], [-32768, -32768, -32768, -32768, -32768])
  // All six neighbours of an even place are odd ones.
  assert.equal(data[62], 20)
})

test('a volume without padding is left as it is', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  assert.equal(settlePadding(data, [2, 2, 2], null), null)
  assert.deepEqual([...data], [1, 2, 3, 4, 5, 6, 7, 8])
})

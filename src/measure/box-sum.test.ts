import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxSum } from './box-sum.ts'

test('a single voxel is seen from a box around it, which the edges cut', () => {
  const data = new Float32Array(7 * 5 * 4)
  data[1 + 7 * (2 + 5 * 0)] = 3
  boxSum(data, [7, 5, 4], [2, 1, 1])
  data.forEach((sum, at) => {
    const [i, j, k] = [at % 7, Math.floor(at / 7) % 5, Math.floor(at / 35)]
    assert.equal(sum, Math.abs(i - 1) <= 2 && Math.abs(j - 2) <= 1 && k <= 1 ? 3 : 0)
  })
})

test('a box that is larger than the volume sums all of it', () => {
  const data = Float32Array.of(1, 2, 3, 4)
  boxSum(data, [4, 1, 1], [9, 9, 9])
  assert.deepEqual(data, Float32Array.of(10, 10, 10, 10))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OUTLIER_Z, robustZ } from './robust-z.ts'

test('the distance from the median counts in median distances', () => {
  // Median 3; distances 2 1 0 1 97, of which the median is 1.
  assert.deepEqual(robustZ([1, 2, 3, 4, 100]), [-1.349, -0.6745, 0, 0.6745, 0.6745 * 97])
  assert.ok(robustZ([1, 2, 3, 4, 100])[4]! > OUTLIER_Z)
  // With an even number the middle two are averaged: median 3.5, distances 2.5 1.5 .5 .5 1.5 2.5, whose median is 1.5.
  assert.deepEqual(robustZ([1, 2, 3, 4, 5, 6])[5], (0.6745 * 2.5) / 1.5)
})

test('four values say nothing of what is usual, nor do values that are mostly the same', () => {
  assert.deepEqual(robustZ([1, 2, 3, 100]), [null, null, null, null])
  assert.deepEqual(robustZ([0, 0, 0, 0, 5]), [null, null, null, null, null])
  assert.deepEqual(robustZ([]), [])
})

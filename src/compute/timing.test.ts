import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, cancelGraceMs } from './timing.ts'

test('the first restart comes at once, later ones wait 250 ms doubled each time up to 30 s', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 20].map(backoffMs), [0, 0, 250, 500, 1000, 30_000])
})

test('a cancel waits for three of the slowest patches: at least the least grace, at most 30 s', () => {
  assert.equal(cancelGraceMs(2000, 0), 2000)
  assert.equal(cancelGraceMs(2000, 5000), 15_000)
  assert.equal(cancelGraceMs(2000, 600_000), 30_000)
})

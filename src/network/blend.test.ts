import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gaussianWeights } from './blend.ts'

test('5 voxels with sigma 1: 1 in the middle, e^-0.5 one voxel off, e^-2 two voxels off', () => {
  const expected = [0.1353, 0.6065, 1, 0.6065, 0.1353] // e^-2, e^-1/2 from a table
  const weights = gaussianWeights(5, 1 / 5)
  assert.equal(weights.length, 5)
  for (const [i, weight] of weights.entries()) assert.ok(Math.abs(weight - expected[i]!) < 1e-4, `${weight}`)
})

test('no weight is zero, however narrow the Gaussian', () => {
  assert.ok(gaussianWeights(64, 0.01).every((weight) => weight > 0))
})

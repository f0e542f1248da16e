import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patchStarts } from './patches.ts'

test('110 voxels, patch 64, step 32 → 0, 23, 46', () => {
  assert.deepEqual(patchStarts(110, 64, 0.5), [0, 23, 46])
})

test('a length equal to the patch, or shorter, takes one patch at 0', () => {
  assert.deepEqual(patchStarts(64, 64, 0.5), [0])
  assert.deepEqual(patchStarts(40, 64, 0.5), [0])
})

test('without overlap patches stand side by side', () => {
  assert.deepEqual(patchStarts(12, 4, 0), [0, 4, 8])
})

test('patch 10 at overlap 0.9 steps one voxel, whatever 10 × (1 − 0.9) is in floating point', () => {
  assert.deepEqual(patchStarts(13, 10, 0.9), [0, 1, 2, 3])
})

test('starts rise, cover the length and never step further than the overlap allows', () => {
  for (let length = 1; length <= 90; length++) {
    for (const [patch, overlap, longestStep] of [
      [16, 0.5, 8],
      [7, 0, 7],
      [20, 0.75, 5],
    ] as const) {
      const starts = patchStarts(length, patch, overlap)
      assert.equal(starts[0], 0)
      assert.equal(starts.at(-1), Math.max(0, length - patch))
      for (let i = 1; i < starts.length; i++) {
        const step = starts[i]! - starts[i - 1]!
        assert.ok(step >= 1 && step <= longestStep, `length ${length}, patch ${patch}: step ${step}`)
      }
    }
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meanConfidence } from './confidence.ts'

test('each label gets the mean over its own voxels, null where it has none', () => {
  const labels = Uint8Array.of(0, 1, 1, 1)
  // (51 + 102 + 153) / 3 / 255 = 0.4
  assert.deepEqual(meanConfidence(labels, labels, Uint8Array.of(255, 51, 102, 153), 3), [1, 0.4, null])
})

test('a voxel that was relabelled counts for neither label', () => {
  const found = Uint8Array.of(1, 1, 2)
  const cleaned = Uint8Array.of(1, 1, 1)
  assert.deepEqual(meanConfidence(found, cleaned, Uint8Array.of(255, 51, 204), 3), [null, 0.6, null])
})

test('a voxel that nobody looked at counts for nothing', () => {
  const labels = Uint8Array.of(0, 0, 0)
  assert.deepEqual(meanConfidence(labels, labels, Uint8Array.of(255, 0, 51), 2), [0.6, null])
})

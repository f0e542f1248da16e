import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leastSurePlaces } from './least-sure.ts'

// 64 × 40 × 8 voxels of 1 × 1 × 4 mm: cubes of 8 × 8 × 2 voxels.
const SHAPE = [64, 40, 8] as const
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]
const all = () => ({
  shape: SHAPE,
  affine: AFFINE,
  data: new Uint8Array(20_480).fill(1),
  confidence: new Uint8Array(20_480).fill(255),
})

function fill(array: Uint8Array, [i0, j0, k0]: readonly number[], value: number): void {
  for (let k = k0!; k < k0! + 2; k++)
    for (let j = j0!; j < j0! + 8; j++) for (let i = i0!; i < i0! + 8; i++) array[i + 64 * (j + 40 * k)] = value
}

test('the cube with the least mean is first, then the least that is 20 mm away', () => {
  const found = all()
  fill(found.confidence, [16, 8, 2], 51)
  fill(found.confidence, [24, 8, 2], 102)
  fill(found.confidence, [40, 8, 2], 153)
  assert.deepEqual(leastSurePlaces(found, 2), [
    { voxel: [19.5, 11.5, 2.5], meanConfidence: 0.2 },
    { voxel: [43.5, 11.5, 2.5], meanConfidence: 0.6 },
  ])
})

test('the rim of the brain is no such place, and one unsure voxel is not either', () => {
  const found = all()
  fill(found.data, [0, 0, 0], 0)
  found.data[0] = 1
  found.confidence[0] = 1
  found.confidence[30 + 64 * 20] = 0
  fill(found.confidence, [48, 24, 4], 204)
  assert.deepEqual(leastSurePlaces(found, 1), [{ voxel: [51.5, 27.5, 4.5], meanConfidence: 0.8 }])
})

test('nothing that is labelled has no such place', () => {
  assert.deepEqual(leastSurePlaces({ ...all(), data: new Uint8Array(20_480) }, 2), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelSizes, lesions } from './size.ts'

/** Lesions of label 3 in a row of 12 voxels of 10 × 5 × 20 mm (1 mL each), i running to the left from x = 100 mm. */
const row = {
  shape: [12, 1, 1],
  affine: [-10, 0, 0, 100, 0, 5, 0, 7, 0, 0, 20, 9, 0, 0, 0, 1],
  data: Uint8Array.of(3, 0, 3, 3, 3, 1, 1, 0, 3, 3, 2, 4),
} as const

test('every label has its voxels and millilitres, absent ones too', () => {
  assert.deepEqual(labelSizes(row, 6), [
    { value: 0, voxels: 2, volumeMl: 2 },
    { value: 1, voxels: 2, volumeMl: 2 },
    { value: 2, voxels: 1, volumeMl: 1 },
    { value: 3, voxels: 6, volumeMl: 6 },
    { value: 4, voxels: 1, volumeMl: 1 },
    { value: 5, voxels: 0, volumeMl: 0 },
  ])
})

test('a cube of 10 × 10 × 10 voxels of 1 mm is 1 mL', () => {
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  assert.equal(labelSizes({ shape: [10, 10, 10], affine, data: new Uint8Array(1000).fill(1) }, 2)[1]!.volumeMl, 1)
})

test('lesions are counted, listed from the largest, and lie at their centroids in the world', () => {
  assert.deepEqual(lesions(row, [3], 10), {
    count: 3,
    totalMl: 6,
    largestMl: 3,
    list: [
      { voxels: 3, volumeMl: 3, centroidMm: [70, 7, 9] },
      { voxels: 2, volumeMl: 2, centroidMm: [15, 7, 9] },
      { voxels: 1, volumeMl: 1, centroidMm: [100, 7, 9] },
    ],
  })
})

test('of many lesions the largest are listed, the first of equals first, and all are counted', () => {
  const { list, ...counted } = lesions({ ...row, data: Uint8Array.of(3, 0, 3, 3, 0, 3, 0, 3, 3, 3, 0, 3) }, [3], 3)
  assert.deepEqual(counted, { count: 5, totalMl: 8, largestMl: 3 })
  assert.deepEqual(
    list.map(({ voxels, centroidMm: [x] }) => [voxels, x]),
    [
      [3, 20],
      [2, 75],
      [1, 100],
    ],
  )
})

test('without lesions everything is zero', () => {
  assert.deepEqual(lesions(row, [7], 10), { count: 0, totalMl: 0, largestMl: 0, list: [] })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decimalsOf, roundedTo, volumeOf } from './decimals.ts'

test('the last decimal is the first that is no larger than one voxel', () => {
  const cases: readonly (readonly [voxelMl: number, decimals: number])[] = [
    [1, 0],
    [20, 0],
    [0.1, 1],
    [0.005, 3], // 1 × 1 × 5 mm
    [0.001, 3], // 1 mm
    [Math.fround(0.9999999) ** 3 / 1000, 3], // 1 mm as float32 may hold it
    [0.0005, 4],
    [0.000125, 4], // 0.5 mm
    [0.000064, 5], // 0.4 mm
  ]
  for (const [voxelMl, decimals] of cases) assert.equal(decimalsOf(voxelMl), decimals, `${voxelMl}`)
})

test('a product of doubles loses the digits that are none of the scan', () => {
  assert.notEqual(425_787 * 0.001, 425.787)
  assert.equal(volumeOf(425_787, 0.001), 425.787)
  assert.equal(volumeOf(0, 0.001), 0)
  assert.equal(volumeOf(3, 0.005), 0.015)
})

test('counts that differ by one voxel stay different', () => {
  for (const voxelMl of [0.001, 0.000953, 0.0011, 0.005, 0.000064, 0.0099])
    for (const voxels of [1, 999, 425_786, 1_500_000])
      assert.notEqual(volumeOf(voxels, voxelMl), volumeOf(voxels + 1, voxelMl), `${voxels} of ${voxelMl}`)
})

test('a share is rounded by the share of one voxel', () => {
  assert.equal(roundedTo(100 / 1_500_000, 33.333333333), 33.33333)
  assert.equal(roundedTo(100 / 90, 100 / 3), 33)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '../volume/volume.ts'
import { laidOn, midwayGrid, seenByAll } from './midway.ts'

const scan: Volume<'scan'> = {
  frame: 'scan',
  shape: [4, 3, 2],
  affine: [-2, 0, 0, 6, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
  data: Float32Array.from({ length: 24 }, (_, at) => at),
}

test('the grid covers all that any date shows, in its middle, and does not depend on their order', () => {
  const other = { ...scan, affine: scan.affine.with(3, 9) }
  const grid = midwayGrid([scan, other], [1, 1, 1])
  // from the faces at −1 to 10, −1 to 5, −1 to 3 mm
  assert.deepEqual(grid, { shape: [11, 6, 4], affine: [1, 0, 0, -0.5, 0, 1, 0, -0.5, 0, 0, 1, -0.5, 0, 0, 0, 1] })
  assert.deepEqual(midwayGrid([other, scan], [1, 1, 1]), grid)
})

test('on a grid with the same voxels nothing is interpolated', () => {
  const grid = midwayGrid([scan], [2, 2, 2])
  assert.deepEqual(grid.shape, [4, 3, 2])
  // stored from right to left, the grid runs from left to right
  assert.deepEqual([...laidOn(scan, grid).data.subarray(0, 4)], [3, 2, 1, 0])
})

test('what is nearest to a zero stays zero', () => {
  const half = { shape: [4, 3, 2] as const, affine: scan.affine.with(3, 5.2) }
  // along i: 0 1 2 3 at 6, 4, 2, 0 mm; the grid's first voxel at 5.2 mm is 0.4 of the way to 1
  const [first, second] = laidOn(scan, half).data
  assert.equal(first, 0)
  assert.ok(Math.abs(second! - 1.4) < 1e-6)
})

test('a voxel is seen where every scan shows it', () => {
  const other = { ...scan, affine: scan.affine.with(3, 10) }
  assert.deepEqual([...seenByAll([scan, other], scan).subarray(0, 4)], [1, 1, 0, 0])
})

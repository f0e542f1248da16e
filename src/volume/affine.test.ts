import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyAffine, determinant, invert, multiply, spacingMm, voxelVolumeMl } from './affine.ts'

// Columns (0, 2, 0), (-3, 0, 0), (0, 0, 5): i runs to anterior in 2 mm steps, j to the left in 3 mm, k up in 5 mm.
const TURNED = [0, -3, 0, 10, 2, 0, 0, 20, 0, 0, 5, 30, 0, 0, 0, 1]

test('index (1, 1, 1) lies one step along each column from the origin', () => {
  assert.deepEqual(applyAffine(TURNED, 0, 0, 0), [10, 20, 30])
  assert.deepEqual(applyAffine(TURNED, 1, 1, 1), [7, 22, 35])
})

test('spacing is the norm of each column and the voxel volume their product', () => {
  assert.deepEqual(spacingMm(TURNED), [2, 3, 5])
  assert.equal(determinant(TURNED), 30)
})

test('a 10 mm cube is 1 mL, mirrored or not', () => {
  const cube = [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1]
  assert.equal(voxelVolumeMl(cube), 1)
  assert.equal(voxelVolumeMl([-10, ...cube.slice(1)]), 1)
})

test('the inverse takes a world position back to its index', () => {
  assert.deepEqual(applyAffine(invert(TURNED), 7, 22, 35), [1, 1, 1])
})

test('a product applies its right factor first', () => {
  const shift = [1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  assert.deepEqual(applyAffine(multiply(TURNED, shift), 0, 0, 0), applyAffine(TURNED, 1, 0, 0))
})

test('a singular affine is a bug', () => {
  assert.throws(() => invert([1, 2, 0, 0, 2, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), /singular/)
})

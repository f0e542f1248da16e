import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { applyAffine, spacingMm } from '../volume/affine.ts'
import { orientationCode, reorientGrid } from '../volume/orientation.ts'
import { modelGrid } from './model-grid.ts'

test('5 voxels of 2 mm become 4 of 3 mm, centred on the same point', () => {
  const scan = { shape: [5, 5, 5], affine: tiltedAffine([2, 2, 2], [0, 0, 0], [10, 20, 30]) } as const
  const grid = modelGrid(scan, [3, 3, 3])
  assert.deepEqual(grid.shape, [4, 4, 4])
  // Scan index −0.25 is 10 − 0.5 mm.
  assert.deepEqual(applyAffine(grid.affine, 0, 0, 0), [9.5, 19.5, 29.5])
  assert.deepEqual(applyAffine(grid.affine, 1.5, 1.5, 1.5), applyAffine(scan.affine, 2, 2, 2))
})

test('a scan in RAS order at the spacing of the card is its own model grid, though its header is rounded', () => {
  const affine = tiltedAffine([1, 1, 1.2], [3, -4, 5], [-90.3, -120.7, -70.1])
  const rounded = { shape: [180, 220, 150], affine: [...Float32Array.from(affine)] } as const
  assert.deepEqual(modelGrid(rounded, [1, 1, 1.2]), rounded)
})

test('the model grid is RAS at the spacing of the card, and lies at the same place for all 48 stored orders', () => {
  const scan = { shape: [31, 40, 22], affine: tiltedAffine([0.87, 0.9, 1.3], [10, -8, 15], [-20, -30, -10]) } as const
  const expected = modelGrid(scan, [1, 1.1, 1.2])
  assert.equal(orientationCode(expected.affine), 'RAS')
  spacingMm(expected.affine).forEach((mm, axis) => {
    assert.ok(Math.abs(mm - [1, 1.1, 1.2][axis]!) < 1e-5)
  })
  for (const map of ALL_48) {
    const grid = modelGrid(reorientGrid(scan, map), [1, 1.1, 1.2])
    assert.deepEqual(grid.shape, expected.shape)
    grid.affine.forEach((value, at) => {
      assert.ok(Math.abs(value - expected.affine[at]!) < 1e-9)
    })
  }
})

test('a single slice stays a single slice', () => {
  const scan = { shape: [8, 8, 1], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [0, 0, 0]) } as const
  assert.deepEqual(modelGrid(scan, [1, 1, 4]).shape, [8, 8, 1])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelVolume } from '../volume/volume.ts'
import { dice, hd95Mm } from './overlap.ts'

/** A cube of 8³ voxels of label 1 that starts at (start, 4, 4), in a box of 24 × 16 × 16 voxels of 2 × 1 × 1 mm. */
function cube(start: number): LabelVolume {
  const data = new Uint8Array(24 * 16 * 16)
  for (let k = 4; k < 12; k++) {
    for (let j = 4; j < 12; j++) data.fill(1, start + 24 * (j + 16 * k), start + 8 + 24 * (j + 16 * k))
  }
  return { shape: [24, 16, 16], affine: [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], data }
}

test('a cube shifted by a quarter of its width shares three quarters: Dice 0.75', () => {
  assert.equal(dice(cube(4), cube(6), 2)[1], 0.75)
})

test('Dice is 1 for itself, 0 for a label that only one has, null for a label that neither has', () => {
  assert.deepEqual(dice(cube(4), cube(4), 3), [1, 1, null])
  assert.equal(dice(cube(0), cube(12), 2)[1], 0)
})

test('HD95 of a cube shifted by 3 voxels of 2 mm is 6 mm: a whole face of it is that far', () => {
  // 64 of 296 surface voxels, more than 5 %, lie on the far face, each 6 mm from the nearest of the other.
  assert.equal(hd95Mm(cube(4), cube(7), 1), 6)
  assert.equal(hd95Mm(cube(4), cube(4), 1), 0)
})

test('HD95 leaves out a few far voxels that the maximum would not', () => {
  const speckled = cube(4)
  speckled.data[0] = 1
  assert.equal(hd95Mm(speckled, cube(4), 1), 0)
})

test('HD95 is the larger direction: every voxel of the small is near the large, not the other way round', () => {
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  const dot = { shape: [21, 1, 1], affine, data: Uint8Array.from({ length: 21 }, (_, at) => Number(at === 0)) } as const
  const line = { ...dot, data: new Uint8Array(21).fill(1) }
  // 21 distances 0 … 20, whose 95th percentile (linear) is the 20th of them: 19.
  assert.equal(hd95Mm(dot, line, 1), 19)
  assert.equal(hd95Mm(line, dot, 1), 19)
})

test('HD95 is null where either map lacks the label', () => {
  assert.equal(hd95Mm(cube(4), { ...cube(4), data: new Uint8Array(24 * 16 * 16) }, 1), null)
  assert.equal(hd95Mm(cube(4), cube(4), 2), null)
})

test('maps of different shapes cannot be compared', () => {
  assert.throws(() => dice(cube(4), { ...cube(4), shape: [16, 24, 16] }, 2), /24×16×16 and 16×24×16/)
})

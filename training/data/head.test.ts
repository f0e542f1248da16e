import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setsOnGrid, strataOf } from './head.ts'

const rasAt = (x: number, y: number, z: number, mm = 1) => [mm, 0, 0, x, 0, mm, 0, y, 0, 0, mm, z, 0, 0, 0, 1]

test('sets are carried to another grid through the world; what they do not cover admits any class', () => {
  // stated: 4×1×1 at x = 0, −1, −2, −3 (stored to the left); model: x = −1, 0, 1 (to the right)
  const sets = {
    shape: [4, 1, 1] as const,
    affine: [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    data: Uint8Array.of(1, 2, 4, 8),
  }
  assert.deepEqual([...setsOnGrid(sets, { shape: [3, 1, 1], affine: rasAt(-1, 0, 0) })], [2, 1, 127])
})

test('a model voxel takes the set of the nearest stated voxel', () => {
  // stated voxels of 2 mm at x = 0, 2, 4; model at 0.9, 1.9, 2.9, 3.9
  const sets = { shape: [3, 1, 1] as const, affine: rasAt(0, 0, 0, 2), data: Uint8Array.of(1, 2, 4) }
  assert.deepEqual([...setsOnGrid(sets, { shape: [4, 1, 1], affine: rasAt(0.9, 0, 0) })], [1, 2, 2, 4])
})

test('a stratum is a set without the background; sets that leave the background open are none', () => {
  const strata = strataOf(Uint8Array.of(1, 2, 4, 24, 24, 31, 15, 3, 2))
  assert.deepEqual(
    strata.map((voxels) => [...voxels]),
    [[1, 8], [2], [3, 4]],
  )
})

test('a large stratum is thinned evenly, first to last', () => {
  const [voxels] = strataOf(new Uint8Array(3 * 4096).fill(4))
  assert.equal(voxels!.length, 4096)
  const gaps = voxels!.slice(1).map((v, n) => v - voxels![n]!)
  assert.ok(gaps.every((gap) => gap === 3))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reorient } from '../../test/fixtures/reorient.ts'
import { applyAffine } from './affine.ts'
import {
  boxAbove,
  crop,
  cropGrid,
  missingOf,
  paste,
  reorientBox,
  reorientSections,
  sectionsAbove,
  widen,
} from './crop.ts'
import { toCanonical } from './orientation.ts'

const shape = [5, 4, 3] as const
const data = new Float32Array(60)
data[2 + 5 * (1 + 4 * 1)] = 7 // voxel (2, 1, 1)
data[3 + 5 * (3 + 4 * 1)] = 8 // voxel (3, 3, 1)

test('the box of two voxels runs from the lower to beyond the upper corner', () => {
  assert.deepEqual(boxAbove(data, shape, 0), { start: [2, 1, 1], end: [4, 4, 2] })
  assert.deepEqual(boxAbove(data, shape, 7), { start: [3, 3, 1], end: [4, 4, 2] })
})

test('there is no box above the maximum', () => {
  assert.equal(boxAbove(data, shape, 8), null)
})

test('a margin stops at the edges of the volume', () => {
  assert.deepEqual(widen({ start: [2, 1, 1], end: [4, 4, 2] }, [1, 2, 0], shape), { start: [1, 0, 1], end: [5, 4, 2] })
})

test('a cropped voxel keeps its value and its place in the world', () => {
  const affine = [0, -3, 0, 10, 2, 0, 0, 20, 0, 0, 5, 30, 0, 0, 0, 1]
  const box = { start: [2, 1, 1], end: [4, 4, 2] } as const
  const cut = crop(data, shape, box)
  const grid = cropGrid({ shape, affine }, box)
  assert.deepEqual(cut, Float32Array.of(7, 0, 0, 0, 0, 8))
  assert.deepEqual(grid.shape, [2, 3, 1])
  assert.deepEqual(applyAffine(grid.affine, 1, 2, 0), applyAffine(affine, 3, 3, 1))
})

test('what is missing of a margin is what lies beyond the volume', () => {
  const box = { start: [2, 1, 0], end: [4, 4, 2] } as const
  // 5 × 4 × 3 voxels: 2, 1 and 0 before the box, 1, 0 and 1 behind it
  assert.deepEqual(missingOf(box, [2, 2, 2], shape), { low: [0, 1, 2], high: [1, 2, 1] })
})

test('what was cut out is laid back where it was', () => {
  const whole = Uint8Array.from({ length: 60 }, (_, at) => at)
  const box = { start: [1, 2, 0], end: [4, 4, 2] } as const
  const empty = new Uint8Array(60)
  paste(empty, shape, box, crop(whole, shape, box))
  const isIn = (at: number) => [at % 5 >= 1 && at % 5 < 4, Math.floor(at / 5) % 4 >= 2, at < 40].every(Boolean)
  assert.deepEqual(
    empty,
    whole.map((value, at) => (isIn(at) ? value : 0)),
  )
})

test('box and sections are those of the voxels in the other order', () => {
  // stored P, S, L
  const map = toCanonical({ affine: [0, 0, -1, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1] })
  const there = [3, 5, 4] as const
  const reordered = reorient(data, shape, map)
  assert.deepEqual(reorientBox(boxAbove(data, shape, 0)!, shape, map), boxAbove(reordered, there, 0))
  assert.deepEqual(reorientSections(sectionsAbove(data, shape, 0), map), sectionsAbove(reordered, there, 0))
})

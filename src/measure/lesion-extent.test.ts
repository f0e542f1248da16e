import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Affine } from '../volume/volume.ts'
import { lesionExtents } from './lesion-extent.ts'

const AFFINE: Affine = [1, 0, 0, 100, 0, 1, 0, -20, 0, 0, 1, 5, 0, 0, 0, 1]

/** Lesion 1 where `holds` says so, in a box of 20³. */
function ball(holds: (i: number, j: number, k: number) => boolean): Uint16Array {
  return Uint16Array.from({ length: 8000 }, (_, at) =>
    Number(holds(at % 20, Math.floor(at / 20) % 20, Math.floor(at / 400))),
  )
}

test('a row of ten voxels of 1 mm is 10 mm long, and its box has their faces', () => {
  const row = ball((i, j, k) => i >= 3 && i < 13 && j === 4 && k === 6)
  assert.deepEqual(lesionExtents(row, { shape: [20, 20, 20], affine: AFFINE }, 1), [
    { boxMm: { min: [102.5, -16.5, 10.5], max: [112.5, -15.5, 11.5] }, diameterMm: 10 },
  ])
})

test('one voxel of 1 × 2 × 4 mm is 4 mm long', () => {
  const affine = [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]
  const [only] = lesionExtents(
    ball((i, j, k) => i === 1 && j === 1 && k === 1),
    { shape: [20, 20, 20], affine },
    1,
  )
  assert.deepEqual(only, { boxMm: { min: [0.5, 1, 2], max: [1.5, 3, 6] }, diameterMm: 4 })
})

test('the diameter is the farthest of all pairs of face centres, tried one by one, on a turned grid too', () => {
  const [c, s] = [Math.cos(0.4), Math.sin(0.4)]
  const affine = [c, -2 * s, 0, 7, s, 2 * c, 0, -3, 0, 0, 1.5, 11, 0, 0, 0, 1]
  const blob = ball(
    (i, j, k) => (i - 9) ** 2 / 30 + (j - 8 + k / 5) ** 2 / 9 + (k - 7) ** 2 / 14 < 1 && (i * j + k) % 7 > 0,
  )
  const faces: number[][] = []
  blob.forEach((one, at) => {
    if (one === 0) return
    const place = [at % 20, Math.floor(at / 20) % 20, Math.floor(at / 400)]
    for (const axis of [0, 1, 2])
      for (const side of [-0.5, 0.5]) {
        const [i, j, k] = place.with(axis, place[axis]! + side)
        faces.push([0, 4, 8].map((row) => affine[row]! * i! + affine[row + 1]! * j! + affine[row + 2]! * k!))
      }
  })
  assert.ok(faces.length > 500)
  let most = 0
  for (const a of faces) for (const b of faces) most = Math.max(most, Math.hypot(...a.map((mm, axis) => mm - b[axis]!)))
  const [only] = lesionExtents(blob, { shape: [20, 20, 20], affine }, 1)
  assert.ok(Math.abs(only!.diameterMm - most) < 1e-9)
})

test('a ball of 8 mm radius is 16 mm across, and two lesions are measured apart', () => {
  const both = ball((i, j, k) => Math.hypot(i - 9, j - 9, k - 9) <= 8)
  both[0] = 2
  const [large, small] = lesionExtents(both, { shape: [20, 20, 20], affine: AFFINE }, 2)
  assert.ok(Math.abs(large!.diameterMm - 17) < 0.5)
  assert.equal(small!.diameterMm, 1)
})

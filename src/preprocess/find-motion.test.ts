/** A head of blobs, seen by two scanners: what lies between the two is known, for it was put there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moved, NORMALIZE, seen } from '../../test/fixtures/moved-head.ts'
import { applyAffine } from '../volume/affine.ts'
import { findMotion } from './find-motion.ts'
import type { Motion } from './rigid.ts'

const LIMITS = { mostMm: 30, mostDegrees: 20 }

/** Largest distance (mm) between where the motion found and the true one carry eight points of the brain. */
function errorMm(motion: Motion, limits = LIMITS): number {
  const found = findMotion(seen('t1'), seen('flair', motion), NORMALIZE, limits)!
  const corners = [-40, 40].flatMap((x) => [-40, 40].flatMap((y) => [-40, 40].map((z) => [x, y, z] as const)))
  return Math.max(
    ...corners.map((at) => {
      const [a, b] = [applyAffine(found.affine, ...at), applyAffine(moved(motion), ...at)]
      return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
    }),
  )
}

test('a head that was shifted and turned is found within a millimetre, whatever the contrast', () => {
  for (const motion of [
    [10, 0, 0, 0, 0, 0],
    [-8, 6, -12, 0, 0, 0],
    [0, 0, 0, 12, 0, 0],
    [4, -9, 7, -8, 5, 10],
  ] as const)
    assert.ok(errorMm(motion) < 1, `${motion}: ${errorMm(motion)} mm`)
})

test('a head that lay still is left where it lies, by less than half a millimetre', () => {
  const { carriedMm, before, after } = findMotion(seen('t1'), seen('flair'), NORMALIZE, LIMITS)!
  assert.ok(carriedMm < 0.5, `${carriedMm}`)
  assert.ok(after >= before)
})

test('nothing is looked for beyond the limits', () => {
  const { motion } = findMotion(seen('t1'), seen('flair', [12, 0, 0, 0, 0, 0]), NORMALIZE, {
    mostMm: 5,
    mostDegrees: 2,
  })!
  assert.ok(Math.hypot(...motion.slice(0, 3)) <= 5)
  assert.ok(motion.slice(3).every((degrees) => Math.abs(degrees) <= 2))
})

test('a scan that shows nothing is not moved', () => {
  const black = { ...seen('t1'), data: new Float32Array(seen('t1').data.length) }
  assert.equal(findMotion(black, seen('flair'), NORMALIZE, LIMITS), null)
})

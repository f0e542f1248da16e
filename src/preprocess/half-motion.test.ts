import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invert, multiply } from '../volume/affine.ts'
import { halfMotion } from './half-motion.ts'
import { type Motion, rigid, STILL } from './rigid.ts'

const MOTIONS: readonly Motion[] = [
  [12, -7, 3, 4, -15, 9],
  [0, 0, 40, 0, 0, 0],
  [1, 2, 3, 0.001, 0, 0],
  [-30, 5, 11, 80, 20, -50],
  [0, 0, 0, 0, 0, 170],
]

function farthest(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, at) => Math.abs(value - b[at]!)))
}

test('half a motion, done twice, is the motion', () => {
  for (const motion of MOTIONS) {
    const whole = rigid(motion, [10, -20, 30])
    const half = halfMotion(whole)
    assert.ok(farthest(multiply(half, half), whole) < 1e-9)
  }
})

test('half of the way back is the way back of the half', () => {
  for (const motion of MOTIONS) {
    const whole = rigid(motion, [5, 0, -8])
    assert.ok(farthest(halfMotion(invert(whole)), invert(halfMotion(whole))) < 1e-9)
  }
})

test('half of 60° about S is 30° about the same axis, and half of 10 mm is 5 mm', () => {
  const cos = Math.sqrt(3) / 2
  const expected = [cos, -0.5, 0, 0, 0.5, cos, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1]
  assert.ok(farthest(halfMotion(rigid([0, 0, 10, 0, 0, 60], [0, 0, 0])), expected) < 1e-12)
})

test('half of no motion is exactly none', () => {
  const still = rigid(STILL, [1.5, 2.25, -3])
  assert.deepEqual(halfMotion(still), still)
})

test('a half turn has no one half', () => {
  assert.throws(() => halfMotion(rigid([0, 0, 0, 180, 0, 0], [0, 0, 0])), /180/)
})

/** Quarter turns and shifts that a reader can follow with a hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyAffine, determinant, multiply, type Vector } from '../volume/affine.ts'
import { carriedMm, rigid, STILL } from './rigid.ts'

function near(found: readonly number[], expected: readonly number[]) {
  for (const [axis, value] of found.entries()) assert.ok(Math.abs(value - expected[axis]!) < 1e-9, `${found}`)
}

test('a quarter turn about S takes right to anterior, about R anterior to superior, about A superior to right', () => {
  const middle: Vector = [10, 20, 30]
  near(applyAffine(rigid([0, 0, 0, 0, 0, 90], middle), 11, 20, 30), [10, 21, 30])
  near(applyAffine(rigid([0, 0, 0, 90, 0, 0], middle), 10, 21, 30), [10, 20, 31])
  near(applyAffine(rigid([0, 0, 0, 0, 90, 0], middle), 10, 20, 31), [11, 20, 30])
})

test('turned about the centre first, then shifted; lengths are kept', () => {
  const motion = rigid([1, 2, 3, 90, 0, 90], [5, 5, 5])
  near(applyAffine(motion, 5, 5, 5), [6, 7, 8])
  // anterior → superior → superior
  near(applyAffine(motion, 5, 6, 5), [6, 7, 9])
  assert.ok(Math.abs(determinant(motion) - 1) < 1e-12)
  near(multiply(rigid(STILL, [5, 5, 5]), motion), motion)
})

test('a shift carries a head by its length; half a turn carries four of its six ends by 150 mm', () => {
  near([carriedMm(rigid([3, 4, 0, 0, 0, 0], [9, 9, 9]), [9, 9, 9])], [5])
  near([carriedMm(rigid([0, 0, 0, 0, 180, 0], [9, 9, 9]), [9, 9, 9])], [100])
})

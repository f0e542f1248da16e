import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelVolume } from '../volume/volume.ts'
import { lesionDetection } from './lesion-f1.ts'

/** One row; digits are labels. */
const row = (digits: string): LabelVolume => ({
  shape: [digits.length, 1, 1],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  data: Uint8Array.from(digits, Number),
})

test('two of three true lesions touched, one of two findings false: F1 of 2/3 and 1/2 is 4/7', () => {
  //                                      one finding covers two true lesions; the other covers none
  const found = lesionDetection(row('044444000440'), row('440044040000'), 4)
  assert.deepEqual({ ...found, f1: 0 }, { truth: 3, truthFound: 2, found: 2, foundTrue: 1, f1: 0 })
  assert.ok(Math.abs(found.f1! - 4 / 7) < 1e-12)
})

test('a single shared voxel is enough, a neighbour is not, and another label does not count', () => {
  assert.equal(lesionDetection(row('0440'), row('0044'), 4).f1, 1)
  assert.equal(lesionDetection(row('0400'), row('0040'), 4).f1, 0)
  assert.equal(lesionDetection(row('0400'), row('0500'), 4).f1, 0)
})

test('no lesion in either map has no F1; lesions in one map only have 0', () => {
  assert.equal(lesionDetection(row('000'), row('000'), 4).f1, null)
  assert.equal(lesionDetection(row('040'), row('000'), 4).f1, 0)
  assert.equal(lesionDetection(row('000'), row('040'), 4).f1, 0)
})

test('voxels that meet at a corner are one lesion', () => {
  const corner: LabelVolume = { ...row('00000000'), shape: [2, 2, 2], data: Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 4) }
  assert.equal(lesionDetection(corner, corner, 4).truth, 1)
})

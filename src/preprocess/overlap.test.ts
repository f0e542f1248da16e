import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tiltedAffine } from '../../test/fixtures/orientations.ts'
import { FaultError } from '../errors.ts'
import type { Grid } from '../volume/volume.ts'
import { checkOverlap, coveredShare } from './overlap.ts'

/** A box of 64³ mm whose corner (outer face) lies at x. */
const box = (x: number, spacing = 1, degrees = 0): Grid => ({
  shape: [64 / spacing, 64 / spacing, 64 / spacing],
  affine: tiltedAffine([spacing, spacing, spacing], [degrees, 0, 0], [x + spacing / 2, spacing / 2, spacing / 2]),
})

test('a box covers itself, and half of one that is shifted by half its width, whatever the spacing', () => {
  assert.equal(coveredShare(box(0), box(0)), 1)
  assert.equal(coveredShare(box(0), box(32)), 0.5)
  assert.equal(coveredShare(box(0), box(32, 4)), 0.5)
  assert.equal(coveredShare(box(0, 2), box(-16)), 0.75)
})

test('boxes that share less than a quarter are refused with the share', () => {
  assert.throws(
    () => checkOverlap(box(0), box(50), 'flair'),
    (error) =>
      error instanceof FaultError &&
      error.fault.kind === 'channels-do-not-overlap' &&
      /flair .* 22 % .* 25 %/.test(error.fault.message),
  )
  assert.throws(() => checkOverlap(box(0), box(1000), 'flair'), FaultError)
})

test('a small box inside a large one overlaps by all of itself', () => {
  const slab = { shape: [64, 64, 8], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [0.5, 0.5, 20.5]) } as const
  assert.equal(checkOverlap(box(0), slab, 'flair'), 0.125)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { reorientGrid } from '../volume/orientation.ts'
import { coverageWarnings, gridWarnings, sizeWarnings, tiltDegrees } from './warnings.ts'

const grid = (spacing: readonly [number, number, number], degrees: number) => ({
  shape: [4, 4, 4] as const,
  affine: tiltedAffine(spacing, [degrees, 0, 0], [0, 0, 0]),
})

test('the tilt is the angle of the rotation, whatever the stored order', () => {
  for (const map of ALL_48) assert.ok(Math.abs(tiltDegrees(reorientGrid(grid([1, 2, 5], 25), map)) - 25) < 1e-9)
})

test('an isotropic upright scan gives no warning, a thick tilted one gives two', () => {
  assert.deepEqual(gridWarnings(grid([1, 1, 1], 0), 't1'), [])
  const [thick, tilted] = gridWarnings(grid([1, 1, 6.5], 30), 't1')
  assert.match(thick!, /6\.5 mm/)
  assert.match(tilted!, /30°/)
})

test('a channel that shows half of the head says so', () => {
  assert.deepEqual(coverageWarnings(0.95, 'flair'), [])
  assert.match(coverageWarnings(0.5, 'flair')[0]!, /flair shows 50 %/)
})

test('a foreground of the size of a brain or a head is usual; a knee or a mouse, or half a body, is told', () => {
  for (const ml of [500, 1400, 8000]) assert.deepEqual(sizeWarnings(ml, 't1'), [])
  assert.match(sizeWarnings(120, 't1').join(), /^channel t1: .* 0\.12 L; .* 0\.50 to 8\.0 L$/)
  assert.match(sizeWarnings(31_000, 't1').join(), / 31 L; /)
})

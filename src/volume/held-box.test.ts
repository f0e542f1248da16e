import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxOfFilled } from './crop.ts'
import { heldBox } from './held-box.ts'
import { resampleTo, type Source } from './resample.ts'
import type { Affine, Grid, Shape } from './volume.ts'

const SHAPE: Shape = [20, 24, 16]

/** A block of values around zero in a field of view of `outside`. */
function block(affine: Affine, outside = 0): Source {
  const data = new Float32Array(20 * 24 * 16).fill(outside)
  for (let k = 5; k < 9; k++)
    for (let j = 3; j < 12; j++)
      for (let i = 6; i < 15; i++) data[i + 20 * (j + 24 * k)] = (i + j + k) % 7 === 0 ? -3 : 9
  return { shape: SHAPE, affine, data }
}

/** The smallest box of what is not 0 once all of it is resampled. */
const boxOfAll = (source: Source, grid: Grid) => boxOfFilled(resampleTo(source, grid), grid.shape)

test('the box is that of a resampled scan, whatever its axes and spacing, and whatever the grid leaves out', () => {
  for (const affine of [
    [1, 0, 0, -10, 0, 1, 0, -12, 0, 0, 1, -8, 0, 0, 0, 1],
    [-0.9, 0, 0, 9, 0, 1.1, 0, -13, 0, 0, 2, -16, 0, 0, 0, 1],
    [0, 0, 1.2, -9, -1, 0, 0, 10, 0, 0.8, 0, -9, 0, 0, 0, 1],
  ])
    for (const [spacingMm, from, shape] of [
      [1, -14, [30, 30, 34]],
      [0.7, -8, [25, 25, 25]],
      [2.3, -17, [14, 14, 14]],
    ] as const) {
      const s = spacingMm
      const grid: Grid = { shape, affine: [s, 0, 0, from, 0, s, 0, from, 0, 0, s, from, 0, 0, 0, 1] }
      const source = block(affine)
      // darkest beyond the field of view, as a scan of positive values is
      for (let at = 0; at < source.data.length; at++) source.data[at] = Math.abs(source.data[at]!)
      assert.deepEqual(heldBox(source, grid), boxOfAll(source, grid), `${affine} at ${spacingMm} mm`)
    }
})

test('it is not known where the axes are tilted, where beyond the field of view something is, and where nothing is held', () => {
  const still: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  const wider: Grid = { shape: [40, 40, 40], affine: [1, 0, 0, -10, 0, 1, 0, -10, 0, 0, 1, -10, 0, 0, 0, 1] }
  const tilted: Affine = [0.9, 0.1, 0, 0, -0.1, 0.9, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  assert.equal(heldBox(block(tilted), wider), null)
  assert.equal(heldBox(block(still), wider), null, 'the least value is −3')
  assert.notEqual(heldBox(block(still), { shape: SHAPE, affine: still }), null)
  assert.equal(heldBox({ shape: SHAPE, affine: still, data: new Float32Array(20 * 24 * 16) }, wider), null)
})

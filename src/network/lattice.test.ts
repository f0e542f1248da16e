import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AFFINE } from '../../test/fixtures/walked-grid.ts'
import type { Box } from '../volume/crop.ts'
import { latticeOf } from './lattice.ts'

const SPEC = { patchVoxels: [96, 96, 96], overlap: 0.25, blend: { kind: 'gaussian', sigmaFraction: 0.2 } } as const
const spec = { ...SPEC, patchVoxels: [96, 96, 96] as [number, number, number] }

function along(length: number, within?: readonly [start: number, end: number]) {
  const box: Box | undefined = within && { start: [0, 0, within[0]], end: [1, 1, within[1]] }
  const { starts, seen } = latticeOf({ grid: { shape: [1, 1, length], affine: AFFINE } }, spec, box)
  return { starts: starts[2], seen: [seen.start[2], seen.end[2]] }
}

test('180 voxels, patch 96: 0, 42, 84; of 10 … 170 two patches see enough, and as far around it as two can', () => {
  assert.deepEqual(along(180), { starts: [0, 42, 84], seen: [0, 180] })
  assert.deepEqual(along(180, [10, 170]), { starts: [6, 78], seen: [6, 174] })
})

test('patches reach a twelfth of their length past what is to be seen, and no further', () => {
  assert.deepEqual(along(240, [60, 180]), { starts: [52, 92], seen: [52, 188] })
})

test('where nothing is saved the patches stand where they stand without it', () => {
  assert.deepEqual(along(180, [2, 178]).starts, [0, 42, 84])
  assert.deepEqual(along(90, [30, 60]).starts, [0])
})

test('what is shorter than a patch is seen by one, which keeps to the grid', () => {
  assert.deepEqual(along(180, [150, 180]), { starts: [84], seen: [84, 180] })
  assert.deepEqual(along(180, [0, 20]), { starts: [0], seen: [0, 96] })
})

test('each axis is looked at for itself', () => {
  const box: Box = { start: [0, 10, 0], end: [180, 170, 180] }
  const { starts } = latticeOf({ grid: { shape: [180, 180, 180], affine: AFFINE } }, spec, box)
  assert.deepEqual(starts, [
    [0, 42, 84],
    [6, 78],
    [0, 42, 84],
  ])
})

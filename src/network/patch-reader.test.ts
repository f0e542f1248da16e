import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape, Volume } from '../volume/volume.ts'
import { patchReader } from './patch-reader.ts'

const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

/** Values 5, 6, 7 … in storage order. */
function ramp(shape: Shape): Volume<'model'> {
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, at) => at + 5)
  return { frame: 'model', shape, affine: AFFINE, data }
}

test('where the head goes on the outer plane is repeated as far as the patch reaches, elsewhere is background', () => {
  const shape: Shape = [5, 1, 1]
  const input = {
    grid: { shape, affine: AFFINE },
    channels: [ramp(shape), null],
    beyond: { low: [1, 0, 0], high: [0, 0, 0] },
  } as const
  const seen = (patch: Float32Array) => [...patch.subarray(0, 8)]
  assert.deepEqual(seen(patchReader(input, 8)([-2, 0, 0], [8, 1, 1])), [5, 5, 5, 6, 7, 8, 9, 5])
  const upper = { ...input, beyond: { low: [0, 0, 0], high: [1, 0, 0] } } as const
  assert.deepEqual(seen(patchReader(upper, 8)([0, 0, 0], [8, 1, 1])), [5, 6, 7, 8, 9, 9, 9, 9])
  // the channel that was not sent says nothing anywhere
  assert.ok(patchReader(upper, 8)([0, 0, 0], [8, 1, 1]).every((value, at) => at < 8 || value === 0))
})

test('at a corner where two faces are cut the corner voxel is repeated', () => {
  const shape: Shape = [2, 2, 1]
  const input = {
    grid: { shape, affine: AFFINE },
    channels: [ramp(shape)],
    beyond: { low: [1, 1, 0], high: [0, 0, 0] },
  } as const
  assert.deepEqual([...patchReader(input, 9)([-1, -1, 0], [3, 3, 1])], [5, 5, 6, 5, 5, 6, 7, 7, 8])
})

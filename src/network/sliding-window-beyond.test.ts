/** Patches that reach past the ends of a masked head, and what a voxel would be called if nothing were background. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { AFFINE, channel, modulo, SHAPE, SPEC } from '../../test/fixtures/walked-grid.ts'
import type { InferenceSpec } from '../model/card.ts'
import { ZONE } from '../preprocess/known-brain.ts'
import type { Engine } from './engine.ts'
import { slidingWindow } from './sliding-window.ts'

test('patches that begin before the grid and end behind it give the labels of the grid, voxel for voxel', async () => {
  const values = channel(SHAPE, (i) => i % 5)
  const input = {
    grid: { shape: SHAPE, affine: AFFINE },
    channels: [values],
    beyond: { low: [3, 0, 7], high: [0, 2, 4] },
  } as const
  const starts: number[] = []
  const engine = modulo(1, 5)
  const found = await slidingWindow(input, SPEC, 5, async (patch, shape) => {
    starts.push(patch[0]!)
    return engine(patch, shape)
  })
  assert.deepEqual(found.data, Uint8Array.from(values.data))
  // along z 41 voxels, patch 10, step at most 5: 8 patches; along x 26, patch 8, step at most 4: 6; along y 11 < 12: 1
  assert.equal(starts.length, 48)
})

test('what a voxel would be called without background is said beside its label, with its share of the rest', async () => {
  const shape = [1, 1, 1] as const
  const engine: Engine = async () => Float32Array.from([2, 0, Math.log(3)])
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [1, 1, 1] }
  const grid = { shape, affine: AFFINE }
  const found = await slidingWindow({ grid, channels: [null] }, spec, 3, engine, { inBrain: true })
  // e² = 7.39 of 7.39 + 1 + 3; of 1 + 3 the last has three quarters
  assert.deepEqual([found.data[0], found.confidence[0]], [0, Math.round((255 * 7.389) / 11.389)])
  assert.deepEqual([found.inBrain!.labels[0], found.inBrain!.confidence[0]], [2, Math.round(255 * 0.75)])
})

test('from either end of a row what is silent has no label; what is silent within has the one of the network', async () => {
  const shape = [8, 1, 2] as const
  const engine = voxelEngine(1, () => [0, Math.log(4)])
  const blended: InferenceSpec = { ...SPEC, patchVoxels: [4, 1, 1], overlap: 0.5 }
  const tiled: InferenceSpec = { patchVoxels: [8, 12, 16], tiles: { multiple: 4, contextVoxels: 2 } }
  const grid = { shape, affine: AFFINE }
  // 2 is the ramp at the rim of a mask, which is not silent; the second row is silent all along
  const silent = Uint8Array.from([1, 1, 2, 0, 1, 0, 0, 1, ...new Array<number>(8).fill(1)])
  const loud = [0, 0, 1, 1, 1, 1, 1, 0, ...new Array<number>(8).fill(0)]
  for (const spec of [blended, tiled])
    for (const inBrain of [false, true]) {
      const found = await slidingWindow({ grid, channels: [null] }, spec, 2, engine, { silent, inBrain })
      assert.deepEqual([...found.data], loud)
      assert.deepEqual(
        [...found.confidence],
        loud.map((label) => 204 * label),
      ) // 4/5 of 255
    }
})

test('with zones only the brain is asked what it would be called without background', async () => {
  const shape = [3, 1, 1] as const
  const engine = voxelEngine(1, () => [9, 0, Math.log(3)])
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [3, 1, 1] }
  const input = { grid: { shape, affine: AFFINE }, channels: [null] }
  const zones = Uint8Array.from([ZONE.outside, ZONE.margin, ZONE.brain])
  const found = await slidingWindow(input, spec, 3, engine, { inBrain: zones })
  assert.deepEqual([...found.inBrain!.labels], [0, 0, 2])
  assert.deepEqual([...found.inBrain!.confidence], [0, 0, Math.round(255 * 0.75)])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { AFFINE, channel, modulo, SHAPE } from '../../test/fixtures/walked-grid.ts'
import type { TiledSpec } from '../model/card.ts'
import { slidingWindow } from './sliding-window.ts'
import { planTiles, saysFrom } from './tiles.ts'

const SPEC: TiledSpec = { patchVoxels: [8, 12, 16], tiles: { multiple: 4, contextVoxels: 2 } }
/** On no axis a multiple of 4, longer and shorter than a tile. */
const GRID = { shape: SHAPE, affine: AFFINE }

test('of the plans that fit, the one that shows the network the fewest voxels', () => {
  const spec = { multiple: 16, contextVoxels: 16 }
  // as one tile it would be 144 × 192 × 160; two of 144 × 112 × 160 show 5.16 million, other pairs more
  const { sides, starts } = planTiles([138, 190, 154], 144 * 112 * 160, spec)
  assert.deepEqual(sides, [144, 112, 160])
  assert.deepEqual(starts, [[0], [0, 80], [0]])
  assert.deepEqual(planTiles([138, 190, 154], 144 * 192 * 160, spec).sides, [144, 192, 160])
})

test('tiles cover every grid, begin and are as long as the network can take, and have enough in common', () => {
  for (let length = 1; length < 300; length += 7) {
    for (const [multiple, contextVoxels] of [
      [16, 16],
      [16, 5],
      [4, 3],
      [1, 2],
    ] as const) {
      const lengths = [length, 40, 301 - length] as const
      const most = Math.max(24 ** 3, 3 * (multiple * Math.ceil((2 * contextVoxels) / multiple) + multiple) ** 3)
      const { sides, starts } = planTiles(lengths, most, { multiple, contextVoxels })
      assert.ok(sides[0] * sides[1] * sides[2] <= most)
      for (const axis of [0, 1, 2] as const) {
        const [side, own] = [sides[axis], starts[axis]]
        assert.equal(side % multiple, 0)
        assert.ok(own.every((start) => start % multiple === 0))
        assert.equal(own[0], 0)
        assert.ok(own.at(-1)! + side >= lengths[axis])
        for (const [at, start] of own.entries())
          assert.ok(at === 0 || own[at - 1]! + side - start >= 2 * contextVoxels, `${own} of ${side}`)
      }
    }
  }
})

test('tiles that would have to be smaller than their context are refused', () => {
  assert.throws(
    () => planTiles([100, 100, 100], 47 ** 3, { multiple: 16, contextVoxels: 16 }),
    /no tiles of 100×100×100/,
  )
})

test('a tile decides from the middle of what it has in common with the one before it', () => {
  assert.deepEqual(saysFrom([0, 48, 96], 64), [0, 56, 104])
  assert.deepEqual(saysFrom([-8], 64), [-8])
})

test('tiles give the labels of the grid, voxel for voxel, with the share of each', async () => {
  const [first, second] = [channel(SHAPE, (i) => i % 5), channel(SHAPE, (i) => Math.floor(i / 7) % 3)]
  const input = { grid: GRID, channels: [first, second] }
  const expected = first.data.map((value, i) => (value + 2 * second.data[i]!) % 4)
  const beyond = { low: [3, 0, 5], high: [0, 2, 1] } as const
  for (const seen of [input, { ...input, beyond }]) {
    const found = await slidingWindow(seen, SPEC, 4, modulo(2, 4))
    assert.deepEqual(found.data, Uint8Array.from(expected))
    // e of e + 3
    assert.ok(found.confidence.every((share) => share === Math.round((255 * Math.E) / (Math.E + 3))))
  }
})

test('no voxel is decided by what a tile says near one of its inner faces', async () => {
  const shown: number[] = []
  const engine = voxelEngine(1, (_, voxel, [d, h, w]) => {
    const place = [voxel % w, Math.floor(voxel / w) % h, Math.floor(voxel / w / h)]
    const isNearFace = place.some((at, axis) => Math.min(at, [w, h, d][axis]! - 1 - at) < SPEC.tiles.contextVoxels)
    return isNearFace ? [0, 1] : [1, 0]
  })
  const { data } = await slidingWindow({ grid: GRID, channels: [null] }, SPEC, 2, async (patch, shape) => {
    shown.push(patch.length)
    return engine(patch, shape)
  })
  assert.ok(shown.length > 1)
  const [nx, ny, nz] = SHAPE
  for (const [at, label] of data.entries()) {
    const place = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)]
    const isNearEnd = place.some((own, axis) => Math.min(own, [nx, ny, nz][axis]! - 1 - own) < 2)
    assert.ok(label === 0 || isNearEnd, `${place}`)
  }
})

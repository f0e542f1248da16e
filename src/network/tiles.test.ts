import assert from 'node:assert/strict'
import { test } from 'node:test'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { AFFINE, channel, modulo, SHAPE } from '../../test/fixtures/walked-grid.ts'
import type { TiledSpec } from '../model/card.ts'
import { NOTHING_BEYOND } from '../volume/crop.ts'
import { filledRows } from '../volume/filled-rows.ts'
import { searchOther } from '../volume/row-search.ts'
import type { Shape } from '../volume/volume.ts'
import type { Filled } from './filled-blocks.ts'
import { slidingWindow } from './sliding-window.ts'
import { planTiles, type Tile } from './tiles.ts'

const SPEC: TiledSpec = { patchVoxels: [12, 12, 16], tiles: { multiple: 4, contextVoxels: 2 } }
/** On no axis a multiple of 4, longer and shorter than a tile. */
const GRID = { shape: SHAPE, affine: AFFINE }
const SIXTEEN = { multiple: 16, contextVoxels: 16 }

const whole = (shape: Shape, beyond = NOTHING_BEYOND): Filled => ({ shape, beyond })
const sidesOf = (tiles: readonly Tile[]) => tiles.map(({ sides }) => sides)

/** 1 where a voxel of an ellipsoid that touches all faces of the grid is not. */
function outsideOf([nx, ny, nz]: Shape): Uint8Array {
  const off = (at: number, length: number): number => ((2 * at + 1) / length - 1) ** 2
  return Uint8Array.from({ length: nx * ny * nz }, (_, at) => {
    const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)]
    return off(x, nx) + off(y, ny) + off(z, nz) > 1 ? 1 : 0
  })
}

function ellipsoid(shape: Shape): { readonly silent: Uint8Array; readonly filled: Filled } {
  const silent = outsideOf(shape)
  const rows = filledRows(searchOther(silent, 1), { strides: [1, shape[0], shape[0] * shape[1]] }, shape)
  return { silent, filled: { ...whole(shape), rows } }
}

test('one tile where it may be as large, else the fewest voxels', () => {
  assert.deepEqual(sidesOf(planTiles(whole([138, 190, 154]), 144 * 192 * 160, SIXTEEN)), [[144, 192, 160]])
  // cut in two across the second axis, at 96 of 190: 112 voxels and 110, each 16 past the cut
  assert.deepEqual(sidesOf(planTiles(whole([138, 190, 154]), 144 * 112 * 160, SIXTEEN)), [
    [144, 112, 160],
    [144, 112, 160],
  ])
})

test('of each part that is shown which holds something', () => {
  // up to y = 64 all of the row, from there its middle
  const isWide = (row: number) => Math.floor(row / 128) % 128 < 64
  const rows = { startOf: (row: number) => (isWide(row) ? 0 : 32), endOf: (row: number) => (isWide(row) ? 128 : 96) }
  const tiles = planTiles({ ...whole([128, 128, 64]), rows }, 128 * 80 * 64, SIXTEEN)
  assert.deepEqual(tiles, [
    { start: [0, 0, 0], sides: [128, 80, 64], part: { start: [0, 0, 0], end: [128, 64, 64] } },
    { start: [32, 48, 0], sides: [64, 80, 64], part: { start: [0, 64, 0], end: [128, 128, 64] } },
  ])
})

test('each voxel that is held is decided by one tile, which shows it with its context', () => {
  for (const [multiple, contextVoxels] of [
    [16, 16],
    [16, 5],
    [4, 3],
    [1, 2],
  ] as const) {
    for (let length = 1; length < 130; length += 37) {
      const shape = [length, 40, 131 - length] as const
      const { silent, filled } = ellipsoid(shape)
      const most = Math.max(24 ** 3, 3 * (multiple + 2 * multiple * Math.ceil(contextVoxels / multiple)) ** 3)
      const tiles = planTiles(filled, most, { multiple, contextVoxels })
      const decided = new Uint8Array(silent.length)
      for (const { start, sides, part } of tiles) {
        assert.ok(sides[0] * sides[1] * sides[2] <= most)
        for (const axis of [0, 1, 2] as const) {
          assert.equal(sides[axis] % multiple, 0)
          assert.ok(Number.isInteger((start[axis] - tiles[0]!.start[axis]) / multiple))
        }
        for (let z = part.start[2]; z < part.end[2]; z++) {
          for (let y = part.start[1]; y < part.end[1]; y++) {
            for (let x = part.start[0]; x < part.end[0]; x++) {
              const at = (z * shape[1] + y) * shape[0] + x
              decided[at]!++
              if (silent[at] === 0) assertShown([x, y, z], { start, sides }, shape, silent, contextVoxels)
            }
          }
        }
      }
      assert.ok(decided.every((times, at) => (silent[at] === 1 ? times <= 1 : times === 1)))
    }
  }
})

/** Along each axis, too, what is held within the context of the voxel. */
function assertShown(
  voxel: readonly [number, number, number],
  { start, sides }: Pick<Tile, 'start' | 'sides'>,
  [nx, ny, nz]: Shape,
  silent: Uint8Array,
  contextVoxels: number,
): void {
  const lengths = [nx, ny, nz]
  for (const axis of [0, 1, 2] as const) {
    for (const step of [-contextVoxels, 0, contextVoxels]) {
      const at = voxel.with(axis, voxel[axis] + step)
      if (at[axis]! < 0 || at[axis]! >= lengths[axis]! || silent[(at[2]! * ny + at[1]!) * nx + at[0]!] === 1) continue
      assert.ok(at[axis]! >= start[axis] && at[axis]! < start[axis] + sides[axis], `${at} of ${start} ${sides}`)
    }
  }
}

test('where the head goes on beyond the grid that is shown, too', () => {
  const beyond = { low: [5, 0, 0], high: [0, 0, 30] } as const
  const [tile, ...others] = planTiles(whole([20, 20, 20], beyond), 64 ** 3, SIXTEEN)
  assert.deepEqual([tile!.start, tile!.sides, others], [[-5, 0, 0], [32, 32, 64], []])
  assert.deepEqual(tile!.part, { start: [0, 0, 0], end: [20, 20, 20] })
})

test('nothing is shown of an empty grid', () => {
  const rows = { startOf: () => 0, endOf: () => 0 }
  assert.deepEqual(planTiles({ ...whole([40, 40, 40]), rows }, 64 ** 3, SIXTEEN), [])
})

test('the smallest tiles that a card may ask for can be planned, smaller ones are refused', () => {
  const tiles = planTiles(whole([100, 100, 100]), 48 ** 3, SIXTEEN)
  assert.ok(tiles.every(({ sides: [w, h, d] }) => w * h * d <= 48 ** 3))
  assert.throws(() => planTiles(whole([100, 100, 100]), 48 ** 3 - 1, SIXTEEN), /no tiles of 100×100×100/)
})

test('tiles give the labels of the grid, voxel for voxel, with the share of each', async () => {
  const [first, second] = [channel(SHAPE, (i) => i % 5), channel(SHAPE, (i) => Math.floor(i / 7) % 3)]
  const input = { grid: GRID, channels: [first, second] }
  const expected = first.data.map((value, i) => (value + 2 * second.data[i]!) % 4)
  const beyond = { low: [3, 0, 5], high: [0, 2, 1] } as const
  const silent = outsideOf(SHAPE)
  for (const seen of [input, { ...input, beyond }]) {
    const found = await slidingWindow(seen, SPEC, 4, modulo(2, 4))
    assert.deepEqual(found.data, Uint8Array.from(expected))
    // e of e + 3
    assert.ok(found.confidence.every((share) => share === Math.round((255 * Math.E) / (Math.E + 3))))
    const heard = await slidingWindow(seen, SPEC, 4, modulo(2, 4), { silent })
    assert.ok(heard.data.every((label, at) => label === expected[at] || silent[at] === 1))
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

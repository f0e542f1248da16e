import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, storedAs, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { applyAffine } from './affine.ts'
import { hasSameVoxels, resampleTo } from './resample.ts'
import type { Grid } from './volume.ts'

/** A volume that holds a linear function of the world: trilinear interpolation reproduces it exactly. */
const ramp = ([x, y, z]: readonly [number, number, number]): number => 100 + 2 * x - 3 * y + 0.5 * z

function eachVoxel(
  { shape, affine }: Grid,
  visit: (at: number, world: readonly [number, number, number]) => void,
): void {
  for (let k = 0, at = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, at++) visit(at, applyAffine(affine, i, j, k))
    }
  }
}

function filled(grid: Grid, value: typeof ramp): Grid & { data: Float32Array } {
  const data = new Float32Array(grid.shape[0] * grid.shape[1] * grid.shape[2])
  eachVoxel(grid, (at, world) => {
    data[at] = value(world)
  })
  return { ...grid, data }
}

function assertRamp(source: Grid, target: Grid): void {
  const result = resampleTo(filled(source, ramp), target)
  eachVoxel(target, (at, world) => {
    assert.ok(Math.abs(result[at]! - ramp(world)) < 1e-3, `${result[at]} where the ramp is ${ramp(world)}`)
  })
}

// 40 × 40 × 40 mm around the origin, stored in several ways; targets reach at most 10 mm from it.
const fine = { shape: [41, 41, 41], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-20, -20, -20]) } as const
const uneven = { shape: [45, 21, 9], affine: tiltedAffine([0.9, 2, 5], [0, 0, 0], [-19.8, -20, -20]) } as const
const tilted = { shape: [45, 45, 45], affine: tiltedAffine([1, 1, 1], [20, -10, 30], [-8, -20, -32]) } as const

test('a linear ramp stays a linear ramp between parallel grids, finer, coarser and uneven', () => {
  assertRamp(fine, { shape: [9, 7, 5], affine: tiltedAffine([2, 1.7, 3.3], [0, 0, 0], [-8.3, -5.1, -7.7]) })
  assertRamp(uneven, { shape: [16, 16, 16], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-8.2, -7.9, -7.5]) })
})

test('a linear ramp stays a linear ramp on a tilted grid, of the same and of coarser spacing', () => {
  const target = { shape: [9, 9, 9], affine: tiltedAffine([1, 1, 1], [20, -10, 30], [-4, -6, -3]) } as const
  assertRamp(fine, target)
  assertRamp(uneven, target)
  assertRamp(fine, { shape: [3, 3, 3], affine: tiltedAffine([2.5, 3, 2], [-5, 40, 12], [-3, -3, -1]) })
  assertRamp(tilted, { shape: [5, 5, 5], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-2, -2, -2]) })
})

test('on its own grid, or one cut from it, a volume is copied bit by bit', () => {
  const noise = filled(tilted, ([x, y, z]) => Math.sin(12.9 * x + 78.2 * y + 37.7 * z))
  assert.deepEqual(resampleTo(noise, tilted), noise.data)
  const [x, y, z] = applyAffine(tilted.affine, 3, 4, 5)
  const cut = { shape: [2, 1, 1], affine: tiltedAffine([1, 1, 1], [20, -10, 30], [x, y, z]) } as const
  const at = 3 + 45 * (4 + 45 * 5)
  assert.deepEqual(resampleTo(noise, cut), noise.data.slice(at, at + 2))
})

test('a stripe of every second voxel is averaged, not skipped, at half the resolution', () => {
  const stripes = { ...fine, data: Float32Array.from({ length: 41 ** 3 }, (_, at) => (at % 41) % 2) }
  const halved = resampleTo(stripes, { shape: [18, 1, 1], affine: tiltedAffine([2, 1, 1], [0, 0, 0], [-17.5, 0, 0]) })
  assert.deepEqual(halved, new Float32Array(18).fill(0.5))
})

test('outside the field of view lies the minimum of the source, or the fill that is given', () => {
  const source = { shape: [2, 1, 1], affine: fine.affine, data: Float32Array.of(5, 9) } as const
  const wider = { shape: [4, 1, 1], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [-21, -20, -20]) } as const
  assert.deepEqual(resampleTo(source, wider), Float32Array.of(5, 5, 9, 5))
  assert.deepEqual(resampleTo(source, wider, -1), Float32Array.of(-1, 5, 9, -1))
})

test('in the outer half of an outer voxel nothing is extrapolated, though the grid is tilted about that axis', () => {
  for (const axis of [0, 1, 2] as const) {
    const values = Float32Array.from({ length: 27 }, (_, at) => Math.floor(at / 3 ** axis) % 3)
    const source = { shape: [3, 3, 3], affine: tiltedAffine([1, 1, 1], [0, 0, 0], [0, 0, 0]), data: values } as const
    const valueAt = (position: number): number => {
      const place = [0, 1, 2].map((other) => (other === axis ? position : 1)) as [number, number, number]
      const degrees = [0, 1, 2].map((other) => (other === axis ? 5 : 0)) as [number, number, number]
      return resampleTo(source, { shape: [1, 1, 1], affine: tiltedAffine([1, 1, 1], degrees, place) }, -1)[0]!
    }
    assert.deepEqual([-0.6, -0.4, 0, 1.5, 2, 2.4, 2.6].map(valueAt), [-1, 0, 0, 1.5, 2, 2, -1])
  }
})

test('the result has the same bits whichever way the source stores its axes, parallel or tilted', () => {
  const noise = filled({ ...uneven, shape: [9, 8, 7] }, ([x, y, z]) => Math.sin(12.9 * x + 78.2 * y + 37.7 * z))
  const targets = [
    { shape: [7, 9, 11], affine: tiltedAffine([1.1, 1.3, 2.1], [0, 0, 0], [-19, -19.5, -18.7]) },
    { shape: [7, 9, 11], affine: tiltedAffine([1.1, 1.3, 2.1], [4, 5, 6], [-19, -19.5, -18.7]) },
  ] as const
  for (const target of targets) {
    const expected = resampleTo(noise, target)
    for (const map of ALL_48) assert.deepEqual(resampleTo(storedAs(noise, map), target), expected)
  }
})

test('a grid has the same voxels in any order, and no longer once it is shifted, cut or coarser', () => {
  const grid = filled({ shape: [4, 5, 6], affine: [1, 0, 0, -3, 0, 1, 0, 7, 0, 0, 1, 2, 0, 0, 0, 1] }, ramp)
  for (const orientation of ALL_48) assert.ok(hasSameVoxels(storedAs(grid, orientation), grid))
  const moved = (at: number, by: number) => grid.affine.map((value, n) => (n === at ? value + by : value))
  assert.ok(!hasSameVoxels(grid, { ...grid, affine: moved(3, 0.25) }))
  assert.ok(!hasSameVoxels(grid, { ...grid, affine: moved(3, 1) }))
  assert.ok(!hasSameVoxels(grid, { ...grid, affine: moved(0, 0.1) }))
  assert.ok(!hasSameVoxels(grid, { ...grid, shape: [4, 5, 5] }))
})

test('voxels that coincide are copied, cut or within what is filled', () => {
  const source = filled({ shape: [4, 5, 6], affine: [1, 0, 0, -3, 0, 1, 0, 7, 0, 0, 1, 2, 0, 0, 0, 1] }, ramp)
  const wider: Grid = { shape: [7, 6, 5], affine: [1, 0, 0, -4, 0, 1, 0, 6, 0, 0, 1, 3, 0, 0, 0, 1] }
  const found = resampleTo(source, wider, -99)
  eachVoxel(wider, (at, [x, y, z]) => {
    const isSeen = x >= -3 && x <= 0 && y >= 7 && y <= 11 && z >= 2 && z <= 7
    assert.equal(found[at], isSeen ? Math.fround(ramp([x, y, z])) : -99)
  })
})

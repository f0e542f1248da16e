import assert from 'node:assert/strict'
import { test } from 'node:test'
import { indexMap, isDiagonal } from './index-map.ts'

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const shape = [200, 200, 200] as const
const grid = (affine: readonly number[]) => ({ shape, affine })

test('2 mm voxels whose first centre lies at 3 mm start at index 3 of a 1 mm grid and step by two', () => {
  const coarse = [2, 0, 0, 3, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
  assert.deepEqual(indexMap(grid(coarse), grid(IDENTITY)), coarse)
  assert.equal(indexMap(grid(IDENTITY), grid(coarse))[3], -1.5)
})

test('headers that differ in float32 rounding only are the same grid', () => {
  const tilted = [0.9961947, -0.0871557, 0, -90.1, 0.0871557, 0.9961947, 0, -120.3, 0, 0, 1.2, 33.3, 0, 0, 0, 1]
  const stored = [...Float32Array.from(tilted)]
  assert.deepEqual(indexMap(grid(stored), grid(tilted)), IDENTITY)
})

test('a real difference in spacing is kept: 1.0001 mm is 0.02 voxels off at the end of 200', () => {
  const wider = [1.0001, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  assert.ok(Math.abs(indexMap(grid(wider), grid(IDENTITY))[0]! - 1.0001) < 1e-6)
})

test('a map is diagonal where axes go to axes, and not after a tilt of a tenth of a degree', () => {
  const [cos, sin] = [Math.cos(Math.PI / 1800), Math.sin(Math.PI / 1800)]
  assert.ok(isDiagonal(indexMap(grid([3, 0, 0, 1, 0, 4, 0, 2, 0, 0, 5, 3, 0, 0, 0, 1]), grid(IDENTITY))))
  assert.ok(!isDiagonal(indexMap(grid([cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), grid(IDENTITY))))
})

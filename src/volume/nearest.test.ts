import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestOn } from './nearest.ts'

const affine = (stepMm: number, originMm: number) => [stepMm, 0, 0, originMm, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const source = { shape: [3, 1, 1], affine: affine(1, 0), data: Uint8Array.of(10, 20, 30) } as const

test('a finer grid repeats the nearest value and fills what the source does not show', () => {
  // Centres at −1, −0.4, 0.2, 0.8, 1.4, 2, 2.6 mm; the source reaches from −0.5 to 2.5.
  const grid = { shape: [7, 1, 1], affine: affine(0.6, -1) } as const
  assert.deepEqual([...nearestOn(source, grid, 7)], [7, 10, 10, 20, 20, 30, 7])
})

test('a grid stored the other way round gets the same values at the same places', () => {
  const grid = { shape: [3, 1, 1], affine: affine(-1, 2) } as const
  assert.deepEqual([...nearestOn(source, grid, 0)], [30, 20, 10])
})

test('the far face belongs to the last voxel', () => {
  const grid = { shape: [1, 1, 1], affine: affine(1, 2.5) } as const
  assert.deepEqual([...nearestOn(source, grid, 0)], [30])
})

test('axes in another order are looked up along their own', () => {
  // i of the grid runs along z of the world, k along x
  const turned = { shape: [1, 1, 3], affine: [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1] } as const
  assert.deepEqual([...nearestOn(source, turned, 0)], [10, 20, 30])
})

test('of grids that are tilted against each other the same', () => {
  const [cos, sin] = [Math.cos(0.3), Math.sin(0.3)]
  const tilted = { shape: [3, 1, 1], affine: [cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] } as const
  // at (0, 0), (0.96, 0.30) and (1.91, 0.59), of which the last lies beside the row
  assert.deepEqual([...nearestOn(source, tilted, 7)], [10, 20, 7])
})

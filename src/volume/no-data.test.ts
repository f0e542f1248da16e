import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillNoData, findNoData } from './no-data.ts'

const SHAPE = [4, 4, 4] as const
const at = (x: number, y: number, z: number) => x + 4 * (y + 4 * z)
/** 0 … 63, none where `isEmpty`. */
function volume(isEmpty: (x: number, y: number, z: number) => boolean): Float32Array {
  return Float32Array.from({ length: 64 }, (_, n) =>
    isEmpty(n % 4, Math.floor(n / 4) % 4, Math.floor(n / 16)) ? Number.NaN : n,
  )
}

test('an empty plane at the edge is around, a voxel within is a hole', () => {
  const data = volume((x, y, z) => x === 3 || (x === 1 && y === 1 && z === 1))
  const { voxels, around, isMask, kinds } = findNoData(data, SHAPE)
  assert.deepEqual([voxels, around, isMask], [17, 16, false])
  fillNoData(data, SHAPE, kinds, -5)
  assert.equal(data[at(3, 2, 2)], -5)
  // the six neighbours of voxel 21 are 20 22 17 25 5 37: their mean is 21
  assert.equal(data[at(1, 1, 1)], 21)
})

test('what surrounds the measured middle is a mask, an infinite voxel in the middle a hole', () => {
  const isInside = (n: number) => n === 1 || n === 2
  const data = volume((x, y, z) => ![x, y, z].every(isInside))
  data[at(1, 1, 1)] = Number.POSITIVE_INFINITY
  assert.deepEqual({ ...findNoData(data, SHAPE), kinds: null }, { voxels: 57, around: 57, isMask: true, kinds: null })
})

test('a wide hole is filled from its rim inwards, without the value around', () => {
  const shape = [7, 3, 3] as const
  const data = new Float32Array(63).fill(8)
  for (const x of [2, 3, 4]) data[x + 7 * (1 + 3 * 1)] = Number.NaN
  const { kinds, around } = findNoData(data, shape)
  fillNoData(data, shape, kinds, -1000)
  assert.equal(around, 0)
  assert.deepEqual(new Set(data), new Set([8]))
})

test('nothing measured at all is filled, and does not run for ever', () => {
  const data = volume(() => true)
  fillNoData(data, SHAPE, findNoData(data, SHAPE).kinds, 0)
  assert.ok(data.every((value) => value === 0))
})

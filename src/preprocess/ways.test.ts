import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyAffine } from '../volume/affine.ts'
import { leftRight, turnedWays } from './ways.ts'

test('47 ways besides the one that changes nothing, all different, 24 of them mirrored', () => {
  const ways = turnedWays([0, 0, 0], [0, 0, 0])
  assert.equal(new Set(ways.map(({ code }) => code)).size, 47)
  assert.equal(ways.filter(({ isMirrored }) => isMirrored).length, 24)
})

test('the centre goes to the centre, and the code says where right, front and up go', () => {
  const way = turnedWays([1, 2, 3], [10, 20, 30]).find(({ code }) => code === 'PRS')!
  assert.deepEqual(applyAffine(way.affine, 1, 2, 3), [10, 20, 30])
  assert.deepEqual(applyAffine(way.affine, 6, 2, 3), [10, 15, 30])
  assert.deepEqual(applyAffine(way.affine, 1, 7, 3), [15, 20, 30])
  assert.equal(way.isMirrored, false)
})

test('left and right are exchanged about the centre', () => {
  const { affine, code, isMirrored } = leftRight([4, 5, 6])
  assert.deepEqual(applyAffine(affine, 14, 7, 8), [-6, 7, 8])
  assert.deepEqual([code, isMirrored], ['LAS', true])
})

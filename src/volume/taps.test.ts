import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axisTaps, samplesAcross, samplesInVoxel } from './taps.ts'

/** [index, weight] pairs of one output. */
function tapsOfOutput(output: number, outputs: number, sources: number, scale: number, shift: number): number[][] {
  const { first, index, weight } = axisTaps(outputs, sources, scale, shift)
  const from = first[output]!
  return Array.from(index.subarray(from, first[output + 1]!), (at, n) => [at, weight[from + n]!])
}

test('2 mm voxels centred between two 1 mm voxels take half of each', () => {
  assert.deepEqual(tapsOfOutput(1, 3, 6, 2, 0.5), [
    [2, 0.5],
    [3, 0.5],
  ])
})

test('a quarter of the way from voxel 1 to voxel 2 weighs 3 to 1', () => {
  assert.deepEqual(tapsOfOutput(1, 3, 6, 1, 0.25), [
    [1, 0.75],
    [2, 0.25],
  ])
})

test('a whole shift has one tap a voxel, of weight 1', () => {
  assert.deepEqual(axisTaps(3, 8, 1, 2), {
    first: Int32Array.of(0, 1, 2, 3),
    index: Int32Array.of(2, 3, 4),
    weight: Float64Array.of(1, 1, 1),
  })
})

test('half a voxel beyond the last centre is inside and takes the last voxel; further out there is nothing', () => {
  assert.deepEqual(tapsOfOutput(0, 1, 6, 1, 5.5), [[5, 1]])
  assert.deepEqual(tapsOfOutput(0, 1, 6, 1, -0.5), [[0, 1]])
  assert.deepEqual(tapsOfOutput(0, 1, 6, 1, 5.51), [])
})

test('no source voxel is skipped at 5 to 1: samples at 0 … 4 weigh a fifth each', () => {
  assert.deepEqual(
    tapsOfOutput(0, 2, 10, 5, 2).map(([at]) => at),
    [0, 1, 2, 3, 4],
  )
  assert.ok(tapsOfOutput(0, 2, 10, 5, 2).every(([, weight]) => Math.abs(weight! - 0.2) < 1e-15))
})

test('up to 1.5 voxels one sample is enough, beyond it one for every voxel of the width', () => {
  assert.deepEqual([1, 1.5, 1.6, 2, 6.5].map(samplesAcross), [1, 1, 2, 2, 7])
  const map = [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  assert.equal(samplesInVoxel(map).length, 3 * 2 * 3 * 1)
})

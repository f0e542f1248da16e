import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape, Volume } from '../../../src/volume/volume.ts'
import { groupIndex } from './groups.ts'
import { floodFromVentricles, labelMapFrom } from './label-map.ts'

/** 6×5×4 voxels stored L, I, A, as SynthSeg's maps are: world x = −i, z = −j, y = k. */
function liaMap(labels: readonly (readonly [i: number, j: number, k: number, label: number])[]): Volume<'scan'> {
  const data = new Float32Array(6 * 5 * 4)
  for (const [i, j, k, label] of labels) data[i + 6 * (j + 5 * k)] = label
  return { frame: 'scan', shape: [6, 5, 4], affine: [-1, 0, 0, 9, 0, 0, 1, -7, 0, -1, 0, 3, 0, 0, 0, 1], data }
}

test('a map stored L, I, A comes out in R, A, S order, cut to the head with a margin', () => {
  // cortex at i=4, j=1, k=0; white matter at i=2, j=3, k=2: R = 5−i, A = k, S = 4−j
  const map = labelMapFrom(
    liaMap([
      [4, 1, 0, 3],
      [2, 3, 2, 2],
    ]),
    1,
  )
  // R 1..3, A 0..2, S 1..3, and one voxel around
  assert.deepEqual(map.shape, [5, 5, 5])
  const at = (r: number, a: number, s: number) => map.groups[r + 5 * (a + 5 * s)]
  assert.equal(at(1, 1, 3), groupIndex('cerebral cortex'))
  assert.equal(at(3, 3, 1), groupIndex('white matter'))
  assert.equal(map.groups.filter((g) => g !== 0).length, 2)
  assert.deepEqual(map.brainZ, [1, 3])
})

test('CSF below the lowest slice of brain tissue is spinal: it looks like CSF and is background', () => {
  // j runs down: cortex at j=1 lies above the CSF at j=3
  const map = labelMapFrom(
    liaMap([
      [2, 1, 1, 3],
      [3, 1, 1, 24],
      [2, 3, 1, 24],
    ]),
    0,
  )
  assert.deepEqual(
    [...map.groups].filter((g) => g !== 0).sort((a, b) => a - b),
    [groupIndex('cerebral cortex'), groupIndex('subarachnoid CSF'), groupIndex('spinal CSF')].sort((a, b) => a - b),
  )
})

test('a label that is in no group is refused by its value', () => {
  assert.throws(() => labelMapFrom(liaMap([[1, 1, 1, 999]])), /label 999/)
})

test('a map that is not 1 mm along the axes is refused', () => {
  const map = liaMap([[1, 1, 1, 2]])
  assert.throws(
    () => labelMapFrom({ ...map, affine: map.affine.map((x, at) => (at < 12 ? 2 * x : x)) }),
    /must be 1 mm/,
  )
})

test('the flood counts steps through white matter and goes round what is not', () => {
  // one slice inside a frame of air, V ventricle, w white, c cortex:  V w w / c c w / w w w
  const [v, w, c] = [groupIndex('ventricles'), groupIndex('white matter'), groupIndex('cerebral cortex')]
  const shape: Shape = [5, 5, 3]
  const groups = new Uint8Array(75)
  const rows = [
    [v, w, w],
    [c, c, w],
    [w, w, w],
  ]
  rows.forEach((row, j) => {
    groups.set(row, 25 + 5 * (j + 1) + 1)
  })
  const steps = floodFromVentricles(groups, shape)
  const read = (j: number) => [...steps.subarray(25 + 5 * (j + 1) + 1, 25 + 5 * (j + 1) + 4)]
  assert.deepEqual(
    [read(0), read(1), read(2)],
    [
      [255, 1, 2],
      [255, 255, 3],
      [6, 5, 4],
    ],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spacingMm } from '../../../src/volume/affine.ts'
import type { Volume } from '../../../src/volume/volume.ts'
import { seededRandom } from '../../compile/random.ts'
import { type AcquireSpec, acquire } from './acquire.ts'

const EDGE = 60
/** One value a plane across z: 10, 20, 30, …; 1 mm, its first voxel at (−30, −30, −30). */
const HEAD: Volume<'scan'> = {
  frame: 'scan',
  shape: [EDGE, EDGE, EDGE],
  affine: [1, 0, 0, -30, 0, 1, 0, -30, 0, 0, 1, -30, 0, 0, 0, 1],
  data: Float32Array.from({ length: EDGE ** 3 }, (_, at) => 10 * (1 + Math.floor(at / EDGE ** 2))),
}
const SPEC: AcquireSpec = { chance: 1, planes: [0, 0, 1], inPlaneMm: [2, 2], sliceMm: [5, 5], gap: 0, noise: 0 }
const taken = (spec: Partial<AcquireSpec>, seed = 3) => acquire(HEAD, { ...SPEC, ...spec }, seededRandom(seed))

test('slices lie on a grid of their own, within the head', () => {
  const { shape, affine } = taken({})
  assert.deepEqual(
    [shape, spacingMm(affine)],
    [
      [30, 30, 12],
      [2, 2, 5],
    ],
  )
  assert.deepEqual([affine[3], affine[7]], [-29.5, -29.5])
  assert.deepEqual(spacingMm(taken({ planes: [1, 0, 0] }).affine), [5, 2, 2])
})

test('a slice is the mean over its slab, with a gap over the part of it that is taken up', () => {
  for (const gap of [0, 0.4]) {
    const { shape, affine, data } = taken({ gap, sliceMm: [4, 4] })
    for (let slice = 0; slice < shape[2]; slice++) {
      // the value rises by 10 a mm: the mean over a slab is the value at its middle
      const middle = affine[11]! + 4 * slice + 30
      const value = data[15 + 30 * (15 + 30 * slice)]!
      assert.ok(Math.abs(value - 10 * (1 + middle)) < 0.5, `slice ${slice}: ${value}`)
    }
  }
})

test('noise is drawn in each voxel of that grid: it does not hang on its neighbours, and no value is negative', () => {
  const [clean, noisy] = [taken({}), taken({ noise: 0.5 })]
  const differences = noisy.data.map((value, at) => value - clean.data[at]!)
  let [own, next] = [0, 0]
  for (let at = 1; at < differences.length; at++) {
    own += differences[at]! ** 2
    next += differences[at]! * differences[at - 1]!
  }
  assert.ok(own > 0 && Math.abs(next / own) < 0.05, `${next / own}`)
  assert.ok(noisy.data.every((value) => value >= 0))
})

test('the same seed gives the same scan', () => {
  assert.deepEqual(taken({ noise: 0.2, gap: 0.3 }), taken({ noise: 0.2, gap: 0.3 }))
})

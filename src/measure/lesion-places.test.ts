import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plantedHead, VALUES, VENTRICLE } from '../../test/fixtures/planted-head.ts'
import { applyAffine } from '../volume/affine.ts'
import { cortex } from './cortex.ts'
import { landmarksOf, lesionPlaces } from './lesion-places.ts'
import { listLesions } from './size.ts'
import { ventricles } from './ventricles.ts'

/** Above the ventricle, whose upper face lies at 10 mm, with so much white matter between; the larger, the earlier in the list. */
const above = (gapMm: number, edge: number, y: number) =>
  ({ from: [-3, y, 10 + gapMm], to: [3, y + edge, 10 + gapMm + 6] }) as const
const TOUCHING = above(0, 7, -28)
const NEAR = above(2, 6, -10)
const FAR = above(6, 5, 10)
/** Below the cortex, which begins at (0, 0, −64), and away from it. */
const BELOW_CORTEX = { from: [-3, -2, -64], to: [3, 2, -58] } as const
const OFF_CORTEX = { from: [-3, -2, -50], to: [3, 1, -44] } as const

const PLANTED = [TOUCHING, NEAR, FAR, BELOW_CORTEX, OFF_CORTEX]
const PLACES = ['periventricular', 'periventricular', 'deep', 'juxtacortical', 'deep']

function placesOn(spacing: readonly [number, number, number]) {
  const head = plantedHead(PLANTED, spacing)
  const { listOf, lesions } = listLesions(head, [4], 10)
  assert.equal(lesions.count, PLANTED.length)
  const places = lesionPlaces(head, landmarksOf(head, VALUES), listOf, lesions.count)
  return PLANTED.map(({ from, to }) => {
    const middle = from.map((mm, axis) => (mm + to[axis]!) / 2)
    const off = lesions.list.map(({ centroidMm }) => Math.hypot(...centroidMm.map((mm, axis) => mm - middle[axis]!)))
    return places[off.indexOf(Math.min(...off))]!
  })
}

test('planted lesions have their places and distances at 1 mm', () => {
  const found = placesOn([1, 1, 1])
  assert.deepEqual(
    found.map(({ place }) => place),
    PLACES,
  )
  // a gap of 2 mm is 3 mm between the centres of the voxels on either side
  assert.deepEqual(
    found.slice(0, 3).map(({ toVentricleMm }) => toVentricleMm),
    [1, 3, 7],
  )
  assert.equal(found[3]!.toCortexMm, 1)
})

test('voxels of 1 × 1 × 2 mm tell the same places, in mm', () => {
  const found = placesOn([1, 1, 2])
  assert.deepEqual(
    found.map(({ place }) => place),
    ['periventricular', 'deep', 'deep', 'juxtacortical', 'deep'],
  )
  // a gap of one slice is 4 mm between the centres of the slices on either side: more than 3
  assert.deepEqual(
    found.slice(0, 3).map(({ toVentricleMm }) => toVentricleMm),
    [2, 4, 8],
  )
})

test('the ventricle is the box that was put there, and the rim of fluid is none', () => {
  const head = plantedHead([])
  const found = ventricles(head, VALUES)
  let wrong = 0
  for (let at = 0; at < found.length; at++) {
    const [nx, ny] = head.shape
    const place = applyAffine(head.affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny)))
    const isThere = place.every((mm, axis) => mm >= VENTRICLE.from[axis]! && mm < VENTRICLE.to[axis]!)
    if (isThere !== (found[at] === 1)) wrong++
  }
  assert.equal(wrong, 0)
})

test('a cistern as deep as the ventricle, which a slit joins to it, is none; a horn behind a wide neck is', () => {
  const head = plantedHead([])
  const boxes = {
    // 40 mm below the outside and among white matter, with a way of 8 mm to the rim of fluid
    cistern: { from: [-7, 36, -8], to: [7, 50, 8] },
    way: { from: [-4, 50, -4], to: [4, 90, 4] },
    slit: { from: [-10, 30, 0], to: [10, 36, 1] },
    horn: { from: [-9, -50, -6], to: [3, -36, 6] },
    neck: { from: [-6, -36, -3], to: [0, -30, 3] },
  } as const
  const [nx, ny] = head.shape
  const isIn = (at: number, { from, to }: (typeof boxes)[keyof typeof boxes]) =>
    applyAffine(head.affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))).every(
      (mm, axis) => mm >= from[axis]! && mm < to[axis]!,
    )
  const data = head.data.map((label, at) =>
    label !== 0 && Object.values(boxes).some((box) => isIn(at, box)) ? VALUES.csf : label,
  )
  const found = ventricles({ ...head, data }, VALUES)
  const share = (box: keyof typeof boxes) => {
    const all = [...found.keys()].filter((at) => isIn(at, boxes[box]))
    return all.filter((at) => found[at] === 1).length / all.length
  }
  assert.deepEqual([share('cistern'), share('horn'), share('neck')], [0, 1, 1])
})

test('the shell is cortex and the nucleus beside the ventricle is not', () => {
  const head = plantedHead([])
  const found = cortex(head, VALUES, ventricles(head, VALUES))
  const at = (x: number, y: number, z: number) => {
    const [i, j, k] = [x, y, z].map((mm, axis) => Math.round(mm - head.affine[4 * axis + 3]!))
    return found[i! + head.shape[0] * (j! + head.shape[1] * k!)]
  }
  assert.deepEqual([at(20.5, 0.5, 0.5), at(14.5, -9.5, 3.5), at(0.5, 0.5, 66.5), at(71.5, 0.5, 0.5)], [0, 0, 1, 1])
})

test('without a ventricle no place is told', () => {
  const head = plantedHead([FAR])
  const bare = { ...head, data: head.data.map((label) => (label === VALUES.csf ? VALUES.white : label)) }
  const { listOf } = listLesions(bare, [4], 10)
  const [only] = lesionPlaces(bare, landmarksOf(bare, VALUES), listOf, 1)
  assert.deepEqual([only!.place, only!.toVentricleMm], [null, null])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Affine, Shape } from '../../../src/volume/volume.ts'
import { seededRandom } from '../../compile/random.ts'
import { CSF, GREY, WHITE } from '../../method/label-sets.ts'
import { groupIndex } from './groups.ts'
import { type PaintedPairSpec, paintPair } from './painted-pair.ts'
import { realHeadFrom } from './real-head.ts'

/** Half a millimetre a voxel, stored to the left: the model grid turns and halves it. */
const SHAPE: Shape = [160, 120, 120]
const AFFINE: Affine = [-0.5, 0, 0, 40, 0, 0.5, 0, -30, 0, 0, 0.5, -30, 0, 0, 0, 1]
const T1_LEVEL = new Map([
  [0, 0],
  [CSF, 300],
  [GREY, 700],
  [WHITE, 1000],
])

/** In mm from the middle: a ventricle in white matter, cortex around it, and on one side a wide fissure that only cortex borders on. */
function labelAt(x: number, y: number, z: number): number {
  const reach = Math.hypot(x / 34, y / 26, z / 26)
  if (reach > 1) return 0
  if (Math.hypot(x - 26, y, z) < 6) return CSF
  if (Math.hypot(x / 14, y / 6, z / 6) < 1) return CSF
  return reach > 0.7 || Math.hypot(x - 26, y, z) < 9 ? GREY : WHITE
}

const given = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2])
for (let k = 0, v = 0; k < SHAPE[2]; k++)
  for (let j = 0; j < SHAPE[1]; j++)
    for (let i = 0; i < SHAPE[0]; i++, v++) given[v] = labelAt(40 - i / 2, j / 2 - 30, k / 2 - 30)
const t1 = {
  frame: 'scan' as const,
  shape: SHAPE,
  affine: AFFINE,
  data: Float32Array.from(given, (c) => T1_LEVEL.get(c)!),
}
const head = realHeadFrom(t1, { shape: SHAPE, affine: AFFINE, data: given })

const SPEC: PaintedPairSpec = {
  lesions: { none: 0, rim: 0, blobs: [3, 3], blobMl: [0.3, 0.6] },
  paint: { blurMm: [0, 0], thickSlices: 0, sliceMm: [2, 3], bias: 0, gamma: 0, noise: 0 },
  levels: { t1: { lesion: [0, 0.3] }, flair: { lesion: [1.6, 2] } },
}

function meanOf(values: Float32Array, isCounted: (v: number) => boolean): number {
  let [sum, count] = [0, 0]
  for (const [v, value] of values.entries()) if (isCounted(v)) [sum, count] = [sum + value, count + 1]
  assert.ok(count > 20, `${count} voxels`)
  return sum / count
}

test('a real head lies on 1 mm in RAS, and of its fluid only what white matter borders on is a ventricle', () => {
  const { grid, map, level } = head
  assert.deepEqual([grid.affine[0], grid.affine[5], grid.affine[10]], [1, 1, 1])
  assert.deepEqual(level, { grey: 70, white: 100 })
  const groupAt = (x: number, y: number, z: number) => {
    const [i, j, k] = [x, y, z].map((mm, axis) => Math.round(mm - grid.affine[4 * axis + 3]!)) as [
      number,
      number,
      number,
    ]
    return map.groups[i + grid.shape[0] * (j + grid.shape[1] * k)]
  }
  assert.equal(groupAt(0, 0, 0), groupIndex('ventricles'))
  assert.equal(groupAt(26, 0, 0), groupIndex('subarachnoid CSF'))
  assert.equal(groupAt(-18, 0, 0), groupIndex('white matter'))
  assert.equal(groupAt(-32, 0, 0), groupIndex('cerebral cortex'))
})

test('labels of which grey matter is as bright as white are refused', () => {
  const flat = { ...t1, data: t1.data.map((value) => (value > 500 ? 700 : value)) }
  assert.throws(
    () => realHeadFrom(flat, { shape: SHAPE, affine: AFFINE, data: given }),
    /no T1: grey matter has a median of 700/,
  )
})

test('a drawn lesion is bright in the FLAIR, dark in the T1, and nowhere else is the T1 another', () => {
  const { scans, groups } = paintPair(head, SPEC, seededRandom(3))
  const [seen, flair] = [scans.get('t1')!.data, scans.get('flair')!.data]
  const lesion = groupIndex('lesion')
  const isWhite = (v: number) => groups[v] === groupIndex('white matter')
  const isLesion = (v: number) => groups[v] === lesion
  assert.ok(meanOf(flair, isLesion) > 1.4 * meanOf(flair, isWhite))
  assert.ok(meanOf(seen, isLesion) < 90 && meanOf(seen, isWhite) > 98)
  assert.ok(meanOf(flair, (v) => groups[v] === groupIndex('ventricles')) < 0.6 * meanOf(flair, isWhite))
  const [nx, ny] = head.grid.shape
  const isNear = (v: number): boolean => {
    for (let dz = -3; dz <= 3; dz++)
      for (let dy = -3; dy <= 3; dy++)
        for (let dx = -3; dx <= 3; dx++) if (groups[v + dx + nx * (dy + ny * dz)] === lesion) return true
    return false
  }
  assert.ok(seen.every((value, v) => value === head.t1[v] || isNear(v)))
  assert.ok(flair.every((value, v) => head.given[v] !== 0 || value === 0))
})

test('the same stream of random numbers gives the same pair, without lesions the T1 as it was', () => {
  const [one, two] = [paintPair(head, SPEC, seededRandom(5)), paintPair(head, SPEC, seededRandom(5))]
  assert.deepEqual(one, two)
  const healthy = paintPair(head, { ...SPEC, lesions: { ...SPEC.lesions, none: 1 } }, seededRandom(5))
  assert.deepEqual(healthy.scans.get('t1')!.data, head.t1)
})

test('a T1 that is taken up on coarser voxels shows less, and lies where it lay', () => {
  const acquireT1 = {
    chance: 1,
    planes: [0, 0, 1] as [number, number, number],
    inPlaneMm: [2, 2] as [number, number],
    sliceMm: [4, 4] as [number, number],
    gap: 0,
    noise: 0,
  }
  const { scans } = paintPair(head, { ...SPEC, acquireT1 }, seededRandom(5))
  const { affine, data } = scans.get('t1')!
  assert.deepEqual([affine[0], affine[5], affine[10]], [2, 2, 4])
  // the middle of the head, deep in the ventricle
  const [i, j, k] = [0, 1, 2].map((axis) => Math.round(-affine[4 * axis + 3]! / affine[5 * axis]!)) as [
    number,
    number,
    number,
  ]
  const { shape } = scans.get('t1')!
  assert.ok(Math.abs(data[i + shape[0] * (j + shape[1] * k)]! - 30) < 1)
})

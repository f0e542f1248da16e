/** A patient's lesions in a box-shaped brain, against arithmetic on where the box of the atlas lies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape, Volume } from '../../../src/volume/volume.ts'
import type { Random } from '../../compile/random.ts'
import { groupIndex } from './groups.ts'
import { floodFromVentricles, type LabelMap } from './label-map.ts'
import { drawLesionShape, lesionShapeFrom } from './lesion-shapes.ts'
import { withLesions } from './lesions.ts'

const WHITE = groupIndex('white matter')
const LESION = groupIndex('lesion')
const CORTEX = groupIndex('cerebral cortex')
/** No shift, no scale; mirrored or not. */
const still = (mirrored: boolean): Random =>
  ({ uniform: (a: number, b: number) => (a + b) / 2, chance: () => mirrored, int: () => 0, normal: () => 0 }) as Random

/** As large as the atlas's cerebrum (143 × 180 × 133 mm), so that MNI mm and voxels differ by an offset only. */
const SHAPE: Shape = [143, 180, 133]
const groups = new Uint8Array(143 * 180 * 133).fill(WHITE)
const at = (x: number, y: number, z: number) => x + 71 + 143 * (y + 106 + 180 * (z + 51))
groups[at(20, 10, 30)] = CORTEX
const MAP: LabelMap = { shape: SHAPE, groups, ventricleSteps: floodFromVentricles(groups, SHAPE), brainZ: [0, 132] }

/** A 1 mm mask stored L, A, S round MNI (20, 10, 30): 3 × 1 × 1 voxels of lesion. */
function mask(): Volume<'scan'> {
  const data = new Float32Array(9 * 5 * 5)
  for (const i of [3, 4, 5]) data[i + 9 * (2 + 5 * 2)] = 1
  return { frame: 'scan', shape: [9, 5, 5], affine: [-1, 0, 0, 24, 0, 1, 0, 8, 0, 0, 1, 28, 0, 0, 0, 1], data }
}

test('lesions land where MNI space says, mirrored or not, and only white matter turns into them', () => {
  const shape = lesionShapeFrom(mask(), 'mask')
  assert.deepEqual(shape.shape, [3, 1, 1])
  for (const mirrored of [false, true]) {
    const drawn = groups.slice()
    drawLesionShape(drawn, MAP, shape, still(mirrored))
    const lesions = [...drawn.keys()].filter((v) => drawn[v] === LESION)
    // mirrored, the voxel of cortex is on the other side
    const expected = mirrored ? [at(-21, 10, 30), at(-20, 10, 30), at(-19, 10, 30)] : [at(19, 10, 30), at(21, 10, 30)]
    assert.deepEqual(lesions, expected)
    assert.equal(drawn[at(20, 10, 30)], CORTEX)
  }
})

test("a head has the patient's lesions instead of drawn ones", () => {
  const spec = { none: 0, rim: 1, blobs: [5, 9] as [number, number], blobMl: [1, 2] as [number, number] }
  const random = { ...still(false), chance: (p: number) => p === 1 }
  const drawn = withLesions(MAP, spec, random, lesionShapeFrom(mask(), 'mask'))
  assert.equal(drawn.filter((group) => group === LESION).length, 2)
})

test('a mask without a lesion is refused by its name', () => {
  const empty = { ...mask(), data: new Float32Array(9 * 5 * 5) }
  assert.throws(() => lesionShapeFrom(empty, 'patient07'), /patient07: a lesion mask without a lesion/)
})

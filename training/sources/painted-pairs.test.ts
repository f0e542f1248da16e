import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CUBE, CUBE_VOXELS, cubeNifti, writeTree } from '../../test/fixtures/folder-tree.ts'
import { seededRandom } from '../compile/random.ts'
import { ANY_CLASS, BACKGROUND, GREY, LESION, setOf, WHITE } from '../method/label-sets.ts'
import { openPaintedPairs } from './painted-pairs.ts'

const UNKNOWN = 255
/** White matter with cortex on one side, background on the other, and a slab of which nobody knows what it is. */
const labels = Uint8Array.from({ length: CUBE_VOXELS }, (_, v) => {
  const i = v % CUBE
  if (i === 0 || i === CUBE - 1) return 0
  return i < 4 ? GREY : i === CUBE - 2 ? UNKNOWN : WHITE
})
const t1 = labels.map((label) => (label === WHITE ? 200 : label === 0 ? 0 : 120))
const root = await writeTree({ 't1.nii': cubeNifti('t1.nii', t1), 'labels.nii': cubeNifti('labels.nii', labels) })
after(() => rm(root, { recursive: true }))

const subject = {
  name: 'cube',
  scans: { t1: join(root, 't1.nii') },
  truth: join(root, 'labels.nii'),
  sets: new Map([
    [BACKGROUND, setOf(BACKGROUND)],
    [GREY, setOf(GREY)],
    [WHITE, setOf(WHITE)],
    [UNKNOWN, ANY_CLASS],
  ]),
  backgroundSet: ANY_CLASS,
}

test('what is drawn is a lesion, everything else what the labels of the T1 state', async () => {
  const draw = openPaintedPairs([subject], {
    lesions: { none: 0, rim: 0, blobs: [2, 2], blobMl: [0.05, 0.1], shapes: undefined },
    paint: { blurMm: [0, 0], thickSlices: 0, sliceMm: [2, 3], bias: 0, gamma: 0, noise: 0 },
  })
  // no ventricle is there to be near, so a patient's lesions are drawn: all of the head but the corners
  const { scans, sets, ownSet } = await draw(seededRandom(1), {
    shape: [CUBE, CUBE, CUBE],
    affine: [20, 0, 0, -150, 0, 20, 0, -150, 0, 0, 20, -150, 0, 0, 0, 1],
    data: new Uint8Array(CUBE_VOXELS).fill(1),
  })
  assert.deepEqual([...scans.keys()], ['t1', 'flair'])
  assert.equal(ownSet, ANY_CLASS)
  assert.equal(sets.data.length, CUBE_VOXELS)
  const stated = new Map(labels.entries().map(([v, label]) => [label, sets.data[v]]))
  assert.deepEqual(
    [BACKGROUND, GREY, WHITE, UNKNOWN].map((label) => stated.get(label)),
    [setOf(BACKGROUND), setOf(GREY), setOf(LESION), ANY_CLASS],
  )
})

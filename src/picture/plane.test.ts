/** Expected letters are those of a radiologist's screen, and for tilted grids nibabel's frame worked out by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, storedAs, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { frameOf, inFrame } from './frame.ts'
import { type Convention, type PlaneName, planeOf, sideOf } from './plane.ts'
import { wholeOf } from './region.ts'

const SHAPE = [5, 7, 3] as const
const AFFINE = [2, 0, 0, -10, 0, 1, 0, 20, 0, 0, 4, -8, 0, 0, 0, 1]
const volume = { shape: SHAPE, affine: AFFINE, data: Uint8Array.from({ length: 105 }, (_, at) => at) }
/** The index of voxel (i, j, k) in the unturned volume. */
const voxelOf = (i: number, j: number, k: number) => i + 5 * (j + 7 * k)

function planeIn(stored: typeof volume, name: PlaneName, at: number, convention: Convention) {
  const frame = frameOf(stored)
  const sizePixels = { axial: [10, 7], coronal: [10, 12], sagittal: [7, 12] }[name] as [number, number]
  return planeOf(frame, { name, at, region: wholeOf(frame), sizePixels, convention })
}

test('however the voxels are stored, each pixel shows the same of the world', () => {
  for (const map of ALL_48) {
    const stored = storedAs(volume, map)
    const told = JSON.stringify(map)
    const seen = (name: PlaneName, at: number, x: number, y: number, convention: Convention = 'radiological') =>
      stored.data[planeIn(stored, name, at, convention).voxelAt(x, y)]
    // The top left: the patient's right and front; right and top; front and top.
    assert.equal(seen('axial', 1, 0, 0), voxelOf(4, 6, 1), told)
    assert.equal(seen('coronal', 3, 0, 0), voxelOf(4, 3, 2), told)
    assert.equal(seen('sagittal', 2, 0, 0), voxelOf(2, 6, 2), told)
    assert.equal(seen('axial', 1, 0, 0, 'neurological'), voxelOf(0, 6, 1), told)
    // 2 mm are two pixels, 4 mm are four.
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((x) => seen('coronal', 3, x, 4)),
      [4, 4, 3, 3, 2].map((i) => voxelOf(i, 3, 1)),
      told,
    )
    assert.equal(seen('sagittal', 2, 6, 11), voxelOf(2, 0, 0), told)
  }
})

test('letters say what lies at each side', () => {
  for (const map of ALL_48) {
    const stored = storedAs(volume, map)
    const letters = (name: PlaneName, convention: Convention = 'radiological') =>
      Object.values(planeIn(stored, name, 1, convention).letters).join(' ')
    assert.equal(letters('axial'), 'R L A P')
    assert.equal(letters('coronal'), 'R L S I')
    assert.equal(letters('sagittal'), 'A P S I')
    assert.equal(letters('axial', 'neurological'), 'L R A P')
  }
})

test('an axis that leans by 20° or more has a second letter', () => {
  // Turned about z: i runs to (cos, sin, 0).
  const turned = (degrees: number) => tiltedAffine([1, 2, 3], [0, 0, degrees], [0, 0, 0])
  assert.equal(sideOf(turned(19), 0, 1), 'R')
  assert.equal(sideOf(turned(25), 0, 1), 'RA')
  assert.equal(sideOf(turned(25), 0, -1), 'LP')
  assert.equal(sideOf(turned(-25), 0, 1), 'RP')
  assert.equal(sideOf(turned(25), 1, 1), 'AL')
  assert.equal(sideOf(turned(25), 2, 1), 'S')
})

test('the position is the world’s, in mm, and a voxel is found again at its pixel', () => {
  for (const map of ALL_48) {
    const stored = storedAs(volume, map)
    const position = (name: PlaneName, at: number) => planeIn(stored, name, at, 'radiological').positionMm
    assert.deepEqual([position('sagittal', 3), position('coronal', 0), position('axial', 2)], [-4, 20, 0])
    const plane = planeIn(stored, 'axial', 1, 'radiological')
    assert.equal(stored.data[plane.voxelAt(...plane.pixelOf([1, 5, 1]))], voxelOf(1, 5, 1))
    // The stored index of the voxel (1, 5, 1), looked up by its value.
    const at = stored.data.indexOf(voxelOf(1, 5, 1))
    const [nx, ny] = stored.shape
    assert.deepEqual(
      inFrame(frameOf(stored), [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]),
      [1, 5, 1],
    )
  }
})

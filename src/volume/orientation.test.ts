import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nibabel, nibabelMissing } from '../../test/fixtures/nibabel.ts'
import { ALL_48, storedAs, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { reorient } from '../../test/fixtures/reorient.ts'
import { applyAffine } from './affine.ts'
import { orientationCode, reorientGrid, toCanonical } from './orientation.ts'

const shape = [2, 3, 4] as const
const data = Float32Array.from({ length: 24 }, (_, at) => at)
const affine = tiltedAffine([1, 2, 3], [10, -15, 20], [-5, 6, 7])
const head = { shape, affine, data }

test('an axis that runs to the left is L, and the letters come in storage order', () => {
  assert.equal(orientationCode([0, -1, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0, 1]), 'ILA')
})

test('the 48 stored orders of a volume have 48 different codes', () => {
  assert.equal(new Set(ALL_48.map((map) => orientationCode(reorientGrid(head, map).affine))).size, 48)
})

test('every stored order of a volume comes back to the same canonical array and affine', () => {
  for (const map of ALL_48) {
    const stored = storedAs(head, map)
    const canonical = storedAs(stored, toCanonical(stored))
    assert.equal(orientationCode(canonical.affine), 'RAS')
    assert.deepEqual(canonical.data, data)
    assert.deepEqual(canonical.shape, shape)
    canonical.affine.forEach((value, at) => {
      assert.ok(Math.abs(value - affine[at]!) < 1e-12)
    })
  }
})

test('where columns compete for one world axis, the answer does not depend on the stored order', () => {
  // Columns 0 and 1 both have their largest cosine on world axis 1: 0.63 and 0.77.
  const contested = tiltedAffine([1, 1, 1], [45, 35, 50], [0, 0, 0])
  for (const map of ALL_48) {
    const stored = reorientGrid({ shape, affine: contested }, map)
    const back = reorientGrid(stored, toCanonical(stored))
    const direct = reorientGrid({ shape, affine: contested }, toCanonical({ affine: contested }))
    assert.deepEqual(back.shape, direct.shape)
    back.affine.forEach((value, at) => {
      assert.ok(Math.abs(value - direct.affine[at]!) < 1e-12)
    })
  }
})

test('reordering moves no voxel in the world', () => {
  for (const map of ALL_48) {
    const stored = storedAs(head, map)
    // Voxel (1, 2, 3) of the head holds 1 + 2·2 + 6·3 = 23, its last value; find it where it is stored now.
    const at = stored.data.indexOf(23)
    const [nx, ny] = stored.shape
    const place = applyAffine(stored.affine, at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny))
    applyAffine(affine, 1, 2, 3).forEach((mm, axis) => {
      assert.ok(Math.abs(mm - place[axis]!) < 1e-12)
    })
  }
})

test('the canonical axis map of each stored order brings the head back, floats and labels', () => {
  for (const map of ALL_48) {
    const there = storedAs(head, map)
    assert.deepEqual(reorient(there.data, there.shape, toCanonical(there)), data)
    const labels = storedAs({ ...head, data: Uint8Array.from(data) }, map)
    assert.deepEqual(reorient(labels.data, labels.shape, toCanonical(labels)), Uint8Array.from(data))
  }
})

test('codes are those of nibabel, straight and tilted', { skip: nibabelMissing }, () => {
  const tilts = [
    [0, 0, 0],
    [10, -15, 20],
    [-24, 5, -24],
  ] as const
  const affines = tilts.flatMap((degrees) =>
    ALL_48.map((map) => reorientGrid({ shape, affine: tiltedAffine([0.9, 1, 5], degrees, [1, 2, 3]) }, map).affine),
  )
  const script = `
affines = np.array(json.loads(args[0])).reshape(-1, 4, 4)
print(json.dumps([''.join(nib.aff2axcodes(affine)) for affine in affines]))`
  assert.deepEqual(affines.map(orientationCode), nibabel(script, [JSON.stringify(affines)]))
})

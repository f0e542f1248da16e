/** One phantom whose every voxel says where it lies, in all orders and directions of rows, columns and slices. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { applyAffine } from '../src/volume/affine.ts'
import { orientationCode } from '../src/volume/orientation.ts'
import { makeOrderings } from './fixtures/made-dicom.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { readDicom } from './fixtures/read-dicom.ts'

const scratch = mkdtempSync(join(tmpdir(), 'onelabel-orderings-'))
after(() => rmSync(scratch, { recursive: true }))

test('of 48 ways to store a phantom each puts every voxel on its own side', { skip: pydicomMissing }, async () => {
  const folders = makeOrderings(scratch)
  assert.equal(folders.length, 48)
  const codes = new Map<string, number>()
  for (const folder of folders) {
    const { scans, faults } = await readDicom([folder])
    assert.deepEqual(faults, [])
    const { shape, affine, data } = scans[0]!.scan.volume
    codes.set(orientationCode(affine), (codes.get(orientationCode(affine)) ?? 0) + 1)
    assert.equal(data.length, 5 * 4 * 6)
    const [nx, ny] = shape
    data.forEach((value, at) => {
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
      const [x, y, z] = applyAffine(affine, i, j, k)
      assert.ok(Math.abs(x + 10 * y + 100 * z - value) < 1e-9, `${folder}: ${x}, ${y}, ${z} holds ${value}`)
    })
  }
  // Slices are sorted along row × column, so that 24 right-handed orders (in LPS, and so in RAS) are left, each of both orders of the files.
  assert.equal(codes.size, 24)
  assert.deepEqual([...new Set(codes.values())], [2])
})

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readScan } from './read.ts'

/** 2×3×4 voxels of 1, 2, 3 mm; x runs to the left, y down, z forward; centre at (10, 20, 30). */
function mgh(type: number, bytesPerVoxel: number, change?: (header: DataView) => void): Buffer {
  const bytes = Buffer.alloc(284 + 24 * bytesPerVoxel)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  ;[1, 2, 3, 4, 1, type, 0].forEach((value, n) => {
    view.setInt32(4 * n, value)
  })
  view.setInt16(28, 1)
  ;[1, 2, 3, -1, 0, 0, 0, 0, -1, 0, 1, 0, 10, 20, 30].forEach((value, n) => {
    view.setFloat32(30 + 4 * n, value)
  })
  for (let v = 0; v < 24; v++) {
    const at = 284 + v * bytesPerVoxel
    if (type === 0) view.setUint8(at, v)
    else if (type === 1) view.setInt32(at, v - 100000)
    else if (type === 3) view.setFloat32(at, v + 0.5)
    else view.setInt16(at, v - 300)
  }
  change?.(view)
  return bytes
}

async function read(bytes: Buffer) {
  const folder = await mkdtemp(join(tmpdir(), 'mgz-'))
  try {
    await writeFile(join(folder, 'a.mgz'), gzipSync(bytes))
    return await readScan(join(folder, 'a.mgz'), { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e4 })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('the affine puts voxel size/2 at the stated centre', async () => {
  const { volume } = await read(mgh(0, 1))
  // columns: x (−1, 0, 0)·1, y (0, 0, −1)·2, z (0, 1, 0)·3; origin = centre − x·1 − y·1.5 − z·2
  assert.deepEqual(volume.affine, [-1, 0, 0, 11, 0, 0, 3, 14, 0, -2, 0, 33, 0, 0, 0, 1])
  assert.deepEqual(volume.shape, [2, 3, 4])
})

test('all five voxel types are read, big-endian', async () => {
  assert.equal((await read(mgh(0, 1))).volume.data[23], 23)
  assert.equal((await read(mgh(1, 4))).volume.data[23], -99977)
  assert.equal((await read(mgh(3, 4))).volume.data[23], 23.5)
  assert.equal((await read(mgh(4, 2))).volume.data[23], -277)
  assert.equal((await read(mgh(10, 2))).volume.data[23], 65536 - 277)
})

test('what is not a whole single-frame MGH with an orientation is refused, each for its reason', async () => {
  const refused = (bytes: Buffer, kind: string) =>
    assert.rejects(read(bytes), (error: { fault?: { kind: string } }) => error.fault?.kind === kind)
  await refused(Buffer.alloc(400), 'not-nifti')
  await refused(
    mgh(0, 1, (view) => view.setInt16(28, 0)),
    'nifti-no-affine',
  )
  await refused(
    mgh(0, 1, (view) => view.setInt32(16, 2)),
    'nifti-4d',
  )
  await refused(
    mgh(0, 1, (view) => view.setInt32(20, 9)),
    'nifti-datatype',
  )
  await refused(
    mgh(0, 1, (view) => view.setInt32(4, 60_000)),
    'too-many-voxels',
  )
  await refused(mgh(0, 1).subarray(0, 300), 'nifti-truncated')
})

test('what FreeSurfer writes behind the voxels is no surprise', async () => {
  assert.deepEqual((await read(Buffer.concat([mgh(0, 1), Buffer.alloc(500)]))).warnings, [])
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { buildNifti, type NiftiFields } from '../../test/fixtures/nifti.ts'
import { FaultError } from '../errors.ts'
import { readNifti } from './read.ts'
import type { NiftiScan } from './read-planned.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-read-'))
after(() => rmSync(folder, { recursive: true }))
const limits = { maxFileBytes: 50e6, maxInflatedBytes: 100e6, maxVoxels: 20e6 }

async function read(bytes: Buffer, signal?: AbortSignal): Promise<NiftiScan> {
  const path = join(folder, 'scan')
  writeFileSync(path, bytes)
  return readNifti(path, limits, signal)
}

const eight = { dim: [3, 2, 2, 2] }
/** Code → the ends of the type's range that a float32 holds exactly, among small numbers. */
const EXTREMES: Record<number, number[]> = {
  2: [0, 255, 1, 2, 3, 4, 5, 128],
  256: [-128, 127, -1, 0, 1, 2, 3, 4],
  512: [0, 65535, 256, 255, 1, 2, 3, 4],
  4: [-32768, 32767, 256, -256, 1, -1, 0, 2],
  768: [0, 2 ** 32 - 256, 2 ** 31, 65536, 1, 2, 3, 4],
  8: [-(2 ** 31), 2 ** 30, -65536, -1, 0, 1, 2, 3],
  1280: [0, 2 ** 63, 2 ** 32, 2 ** 31, 1, 2, 3, 4],
  1024: [-(2 ** 63), 2 ** 62, -(2 ** 32), -(2 ** 31), -1, 0, 1, 2 ** 31],
  16: [-1.5, 2 ** 100, 2 ** -100, 0, 0.25, 1, 2, 3],
  64: [-1.5, 2 ** 100, 2 ** -100, 0, 0.25, 1, 2, 3],
}

test('every integer and float type is read in both versions and both byte orders', async () => {
  for (const [code, data] of Object.entries(EXTREMES))
    for (const version of [1, 2] as const)
      for (const endian of ['little', 'big'] as const) {
        const scan = await read(buildNifti({ ...eight, version, endian, datatype: Number(code), data }))
        assert.deepEqual([...scan.volume.data], data, `type ${code}, NIfTI-${version}, ${endian}`)
      }
})

test('slope and intercept are applied, and a slope of 0 means neither', async () => {
  const data = [0, 1, 2, 3, 4, 5, 6, 7]
  const scaled = await read(buildNifti({ ...eight, data, slope: 0.5, inter: -1 }))
  assert.deepEqual([...scaled.volume.data], [-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5])
  const plain = await read(buildNifti({ ...eight, data, slope: 0, inter: 9 }))
  assert.deepEqual([...plain.volume.data], data)
})

test('the geometry is kept as it was in the file, whatever the byte order', async () => {
  const stated: NiftiFields = {
    dim: [4, 6, 5, 4, 1, 1, 1, 1],
    pixdim: [-1, 0.1, 0.2, 0.3, 4, 5, 6, 7],
    qformCode: 2,
    sformCode: 3,
    quatern: [0.1, 0.2, 0.3],
    qoffset: [-1.1, 2.2, 3.3],
    srow: [0.1, 0, 0, 1.1, 0, 0.2, 0, 2.2, 0, 0, 0.3, 3.3],
    xyztUnits: 2 + 16,
  }
  for (const version of [1, 2] as const)
    for (const endian of ['little', 'big'] as const) {
      const { geometry } = await read(buildNifti({ ...stated, version, endian }))
      const stored = (numbers: readonly number[]) => (version === 1 ? numbers.map(Math.fround) : numbers)
      assert.deepEqual(geometry, {
        version,
        dim: stated.dim,
        pixdim: stored(stated.pixdim!),
        qformCode: 2,
        sformCode: 3,
        quatern: stored(stated.quatern!),
        qoffset: stored(stated.qoffset!),
        srow: stored(stated.srow!),
        xyztUnits: 18,
      })
    }
})

test('the hash is that of the bytes as sent, with what follows the voxels', async () => {
  for (const bytes of [buildNifti({ gz: true }), Buffer.concat([buildNifti(), Buffer.alloc(3e6)])]) {
    const { sha256 } = await read(bytes)
    assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
  }
})

test('voxels lie behind extensions of any length, even broken ones', async () => {
  const esizeNegative = Buffer.alloc(700_000) // longer than two chunks of the stream
  esizeNegative.writeInt32LE(-16, 0)
  for (const gz of [false, true]) {
    const scan = await read(buildNifti({ ...eight, data: [1, 2, 3, 4, 5, 6, 7, 8], extensions: esizeNegative, gz }))
    assert.deepEqual([...scan.volume.data], [1, 2, 3, 4, 5, 6, 7, 8])
  }
})

test('a volume of many chunks is read in order', async () => {
  const data = Uint8Array.from({ length: 100 ** 3 }, (_, n) => (n * 31) % 251)
  const scan = await read(buildNifti({ dim: [3, 100, 100, 100], datatype: 64, data, voxOffset: 352, gz: true }))
  assert.deepEqual(scan.volume.shape, [100, 100, 100])
  assert.ok(scan.volume.data.every((value, n) => value === (n * 31) % 251))
})

test('reading stops when its signal is aborted', async () => {
  await assert.rejects(
    read(buildNifti({ gz: true }), AbortSignal.abort()),
    (error) => error instanceof FaultError && error.fault.kind === 'cancelled',
  )
})

test('labels may be all of one value, and each must be a number', async () => {
  const path = join(folder, 'labels')
  const labels = (data: readonly number[]) => {
    writeFileSync(path, buildNifti({ ...eight, datatype: 16, data }))
    return readNifti(path, limits, undefined, 'labels')
  }
  assert.deepEqual([...(await labels(Array(8).fill(1))).volume.data], Array(8).fill(1))
  await assert.rejects(labels([1, 1, 1, 1, 1, 1, 1, Number.NaN]), faultOf('nifti-nonfinite', /1 of 8 .*none may be/))
})

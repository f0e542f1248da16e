import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { buildMha } from '../../test/fixtures/mha.ts'
import { readScan } from './read.ts'

const folder = await mkdtemp(join(tmpdir(), 'onelabel-mha-'))
after(() => rm(folder, { recursive: true }))

const LIMITS = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }
const BYTES = Buffer.from([0, 1, 2, 3, 4, 5, 6, 255])

async function read(voxels: Buffer, fields: Readonly<Record<string, string | null>> = {}) {
  const path = join(folder, 'scan.mha')
  await writeFile(path, buildMha(voxels, fields))
  return (await readScan(path, LIMITS)).volume
}

test('voxels come in the order of the file', async () => {
  const { shape, data } = await read(BYTES)
  assert.deepEqual(shape, [2, 2, 2])
  assert.deepEqual([...data], [0, 1, 2, 3, 4, 5, 6, 255])
})

test("MetaImage's left and posterior become right and anterior", async () => {
  const { affine } = await read(BYTES, { ElementSpacing: '2 3 4', Offset: '10 20 30' })
  assert.deepEqual(
    affine.map((x) => x + 0), // -0 is 0
    [-2, 0, 0, -10, 0, -3, 0, -20, 0, 0, 4, 30, 0, 0, 0, 1],
  )
})

test('the matrix lists the direction of one axis after the other', async () => {
  // axis 0 runs to posterior, axis 1 to superior, axis 2 to left
  const { affine } = await read(BYTES, { TransformMatrix: '0 1 0 0 0 1 1 0 0', ElementSpacing: '2 3 4' })
  assert.deepEqual(
    affine.map((x) => x + 0),
    [0, 0, -4, 0, -2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1],
  )
})

test('a zlib stream and big-endian shorts are read', async () => {
  const shorts = Buffer.from([0xff, 0xfe, 0x01, 0x00, ...Array.from({ length: 12 }, () => 0)]) // -2, 256, 0 …
  const fields = { ElementType: 'MET_SHORT', BinaryDataByteOrderMSB: 'True', CompressedData: 'True' }
  assert.deepEqual([...(await read(shorts, fields)).data], [-2, 256, 0, 0, 0, 0, 0, 0])
})

test('little-endian floats are read', async () => {
  const floats = Buffer.alloc(32)
  floats.writeFloatLE(1.5, 28)
  assert.equal((await read(floats, { ElementType: 'MET_FLOAT' })).data[7], 1.5)
})

test('what is not a scan in one file is refused by name', async () => {
  await assert.rejects(read(BYTES, { NDims: '4' }), faultOf('nifti-4d', /NDims/))
  await assert.rejects(read(BYTES, { ElementNumberOfChannels: '3' }), faultOf('nifti-datatype', /Channels/))
  await assert.rejects(read(BYTES, { ElementType: 'MET_LONG' }), faultOf('nifti-datatype', /ElementType.*MET_UCHAR/))
  await assert.rejects(read(BYTES, { ElementSpacing: null }), faultOf('nifti-no-affine', /ElementSpacing/))
  await assert.rejects(read(BYTES, { ElementSpacing: '1 0 1' }), faultOf('nifti-spacing', /1 0 1/))
  await assert.rejects(read(BYTES, { Offset: '1 2' }), faultOf('nifti-header', /2 numbers of 3/))
  await assert.rejects(read(BYTES, { TransformMatrix: '1 0 0 1 0 0 0 0 1' }), faultOf('nifti-sheared', /0\.000/))
  await assert.rejects(read(BYTES, { DimSize: '2 2 0' }), faultOf('nifti-dimensions', /2 × 2 × 0/))
  const whole = buildMha(BYTES).length
  const sizes = new RegExp(`promises ${whole} bytes, the file holds ${whole - 1} bytes`)
  await assert.rejects(read(BYTES.subarray(1)), faultOf('nifti-truncated', sizes))
})

test('a stream that is broken or short is refused; what goes on behind the voxels is told', async () => {
  await assert.rejects(read(Buffer.alloc(7), { CompressedData: 'True' }), faultOf('nifti-truncated'))
  const path = join(folder, 'broken.mha')
  const file = buildMha(BYTES, { CompressedData: 'True' })
  await writeFile(path, file.subarray(0, file.length - 6))
  await assert.rejects(readScan(path, LIMITS), faultOf('gzip-corrupt'))
  await writeFile(path, buildMha(Buffer.concat([BYTES, BYTES]), { CompressedData: 'True' }))
  assert.deepEqual(
    (await readScan(path, LIMITS)).warnings.map(({ code }) => code),
    ['trailing-bytes'],
  )
})

test('a header that never ends is refused, and one whose voxels are elsewhere by its ending', async () => {
  const path = join(folder, 'noise.mha')
  await writeFile(path, `NDims = 3\n${'Comment = none\n'.repeat(10_000)}`)
  await assert.rejects(readScan(path, LIMITS), faultOf('nifti-header', /ElementDataFile/))
  const header = buildMha(Buffer.alloc(0)).toString('latin1')
  await writeFile(path, header.replace('LOCAL', 'secret.raw'))
  await assert.rejects(readScan(path, LIMITS), (error: Error) => {
    return faultOf('detached-header', /\.mhd.*save it as/)(error) && !error.message.includes('secret')
  })
})

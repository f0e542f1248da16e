import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { faultOf } from '../../test/fixtures/fault.ts'
import { buildMha } from '../../test/fixtures/mha.ts'
import { buildNifti } from '../../test/fixtures/nifti.ts'
import type { AffineChoice } from '../nifti/affine-source.ts'
import { peekScan } from './peek.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-peek-'))
after(() => rmSync(folder, { recursive: true }))

const LIMITS = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 120 }

async function peek(bytes: Buffer, choice?: AffineChoice): Promise<number> {
  const path = join(folder, 'scan')
  writeFileSync(path, bytes)
  return (await peekScan(path, LIMITS, choice)).voxels
}

const data = Array.from({ length: 150 }, (_, n) => n)
const scan = buildNifti({ dim: [3, 4, 5, 6], data: data.slice(0, 120) })

test('a scan of 4 × 5 × 6 voxels has 120, whether packed or not', async () => {
  assert.deepEqual([await peek(scan), await peek(gzipSync(scan))], [120, 120])
})

test('what comes after the header is not looked at', async () => {
  const noise = Buffer.from(Array.from({ length: 400_000 }, (_, n) => (n * n * 7919) & 0xff))
  const packed = gzipSync(Buffer.concat([scan, noise]), { level: 0 })
  packed.fill(0xff, 300_000) // behind the first chunk
  assert.equal(await peek(packed), 120)
})

test('what the first bytes show to be wrong is refused by its own name', async () => {
  for (const [wrong, kind] of [
    [Buffer.alloc(0), 'not-nifti'],
    [Buffer.from('scan'), 'not-nifti'],
    [scan.subarray(0, 300), 'nifti-truncated'],
    [gzipSync(scan).subarray(0, 20), 'gzip-corrupt'],
    [buildNifti({ dim: [4, 4, 5, 3, 2], data: data.slice(0, 120) }), 'nifti-4d'],
    [buildNifti({ dim: [3, 5, 5, 6], data }), 'too-many-voxels'],
    [buildNifti({ dim: [3, 4, 5, 6], datatype: 128, data: Buffer.alloc(360) }), 'nifti-datatype'],
  ] as const) {
    await assert.rejects(peek(wrong), faultOf(kind), kind)
  }
})

test('another format has its voxels counted, too, and what its header shows to be wrong is refused', async () => {
  assert.equal(await peek(buildMha(Buffer.alloc(8))), 8)
  const nrrd = (sizes: string, more = '') =>
    Buffer.from(
      `NRRD0004\ntype: uchar\ndimension: 3\nspace: RAS\nsizes: ${sizes}\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n` +
        `space origin: (0,0,0)\nencoding: raw\n${more}\n${'voxels '.repeat(20)}`,
    )
  assert.equal(await peek(nrrd('4 5 6')), 120)
  await assert.rejects(peek(nrrd('5 5 6')), faultOf('too-many-voxels'))
  await assert.rejects(peek(nrrd('4 5 6', 'data file: elsewhere.raw\n')), faultOf('detached-header', /\.nhdr/))
})

test('a scan whose sform places nothing passes by its qform where that was asked for', async () => {
  const file = { dim: [3, 4, 5, 6], pixdim: [1, 2, 2, 2], data: data.slice(0, 120) }
  const broken = buildNifti({ ...file, sformCode: 1, srow: Array<number>(12).fill(0), qformCode: 1, xyztUnits: 2 })
  await assert.rejects(peek(broken), faultOf('nifti-affine-singular'))
  assert.equal(await peek(broken, 'qform'), 120)
})

test('a scan of another format has no qform that could be asked for', async () => {
  await assert.rejects(
    peek(buildMha(Buffer.alloc(8)), 'qform'),
    faultOf('nifti-no-affine', /affine=qform was asked for, .* another format than NIfTI/),
  )
})

/**
 * What must never get through: one row per wrong file, each with the one kind it is refused as.
 * The files are made here, field by field; the right file they differ from is read first.
 * Longer than 200 lines because it is one table.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FaultError, type FaultKind } from '../src/errors.ts'
import { readNifti } from '../src/nifti/read.ts'
import { buildNifti, type NiftiFields } from './fixtures/nifti.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-malformed-'))
after(() => rmSync(folder, { recursive: true }))
const limits = { maxFileBytes: 20e6, maxInflatedBytes: 100e6, maxVoxels: 20e6 }

/** 8×8×8 int16 voxels that do not compress, so that half a gzip is about half the voxels. */
const noise = Array.from({ length: 512 }, (_, n) => ((n + 1) * 7919) % 30011)
const right: NiftiFields = { dim: [3, 8, 8, 8], data: noise }
const file = buildNifti(right)
const gz = gzipSync(file)
const wrong = (fields: NiftiFields) => buildNifti({ ...right, ...fields })
const qform: NiftiFields = { sformCode: 0, qformCode: 1 }
const pixdimOnly: NiftiFields = { sformCode: 0, qformCode: 0 }
const version2: NiftiFields = { ...right, version: 2 }

/** More than may be without a number. */
function with60(value: number): Float32Array {
  const voxels = Float32Array.from(noise)
  voxels.fill(value, 100, 160)
  return voxels
}

const flipped = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[Math.floor(at)]! ^= 0xff
  return copy
}

function foreign(magic: string): Buffer {
  return Buffer.concat([Buffer.from(magic, 'latin1'), noise8(600)])
}

function tar(): Buffer {
  const bytes = Buffer.alloc(1024)
  bytes.write('ustar', 257)
  return bytes
}

function dicom(): Buffer {
  const bytes = Buffer.alloc(600)
  bytes.write('DICM', 128)
  return bytes
}

function mgh(): Buffer {
  const bytes = Buffer.alloc(600)
  ;[1, 8, 8, 8, 1, 3].forEach((value, n) => {
    bytes.writeInt32BE(value, 4 * n)
  })
  return bytes
}

const ROWS: readonly (readonly [name: string, bytes: Buffer, kind: FaultKind, says: RegExp])[] = [
  // not NIfTI at all
  ['an empty file', Buffer.alloc(0), 'not-nifti', /empty/],
  ['one byte', Buffer.from([0x1f]), 'not-nifti', /1 bytes/],
  ['only the magic of gzip', Buffer.from([0x1f, 0x8b]), 'gzip-corrupt', /gzip/],
  ['gzip of nothing', gzipSync(''), 'not-nifti', /empty/],
  ['gzip of text', gzipSync('a letter to the editor\n'.repeat(50)), 'not-nifti', /text/],
  ['a bzip2 file', foreign('BZh91AY&SY'), 'not-nifti', /bzip2 file.*\.nii\.gz/],
  ['a Zstandard file', foreign('\x28\xb5\x2f\xfd'), 'not-nifti', /Zstandard file.*\.nii\.gz/],
  ['an xz file', foreign('\xfd7zXZ\0'), 'not-nifti', /xz file/],
  ['a tar archive in gzip', gzipSync(tar()), 'not-nifti', /tar archive.*unpack/],
  ['a ZIP archive', foreign('PK\x03\x04'), 'not-nifti', /ZIP archive.*unpack/],
  ['gzip inside gzip', gzipSync(gz), 'not-nifti', /gzip inside gzip/],
  ['the first gzip byte and not the second', Buffer.concat([Buffer.from([0x1f, 0]), file]), 'not-nifti', /no known/],
  ['a PNG picture', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), noise8(600)]), 'not-nifti', /PNG/],
  ['a DICOM file', dicom(), 'not-nifti', /DICOM/],
  ['an MGZ volume', gzipSync(mgh()), 'not-nifti', /MGH/],
  ['an Analyze 7.5 header', wrong({ magic: '\0\0\0\0' }), 'not-nifti', /Analyze/],
  ['a wrong magic', wrong({ magic: 'n+3\0' }), 'not-nifti', /Analyze/],
  // half a file
  ['the header of a pair', wrong({ magic: 'ni1\0' }), 'nifti-pair', /\.hdr\/\.img/],
  ['the header of a NIfTI-2 pair', wrong({ version: 2, magic: 'ni2\0\r\n\x1a\n' }), 'nifti-pair', /\.hdr\/\.img/],
  ['a gzip cut in the voxels', gz.subarray(0, gz.length / 2), 'gzip-corrupt', /cut off/],
  ['a gzip cut in its checksum', gz.subarray(0, -4), 'gzip-corrupt', /cut off/],
  ['a gzip with one byte changed', flipped(gz, gz.length / 2), 'gzip-corrupt', /damaged/],
  ['a gzip with another checksum', flipped(gz, gz.length - 6), 'gzip-corrupt', /damaged/],
  ['voxels cut off', file.subarray(0, -1), 'nifti-truncated', /1\.35 KiB.*1\.34 KiB/],
  ['voxels cut off before the gzip', gzipSync(file.subarray(0, 700)), 'nifti-truncated', /1\.35 KiB.*700 bytes/],
  ['a cut NIfTI-1 header', file.subarray(0, 300), 'nifti-truncated', /300 bytes/],
  ['a cut NIfTI-2 header', buildNifti(version2).subarray(0, 400), 'nifti-truncated', /400 bytes/],
  [
    'a header that promises 1000 times more',
    wrong({ dim: [3, 250, 250, 250] }),
    'nifti-truncated',
    /29\.9 MiB.*has 1\.34 KiB/,
  ],
  // the header
  ['another sizeof_hdr', wrong({ sizeofHdr: 1000 }), 'nifti-header', /1000/],
  ['NIfTI-2 transferred as text', wrong({ version: 2, magic: 'n+2\0\n\n\x1a\n' }), 'nifti-header', /as text/],
  ['vox_offset NaN', wrong({ voxOffset: Number.NaN }), 'nifti-header', /vox_offset is NaN/],
  ['vox_offset inside the header', wrong({ voxOffset: 348 }), 'nifti-header', /348.*352/],
  ['vox_offset negative', wrong({ voxOffset: -352 }), 'nifti-header', /-352/],
  ['vox_offset between bytes', wrong({ voxOffset: 352.5 }), 'nifti-header', /352\.5/],
  ['vox_offset huge', wrong({ voxOffset: 1e30 }), 'nifti-header', /vox_offset/],
  ['vox_offset beyond the limit', wrong({ voxOffset: 2 ** 30 }), 'nifti-header', /1 GiB \(vox_offset\).*95\.3 MiB/],
  ['NIfTI-2 vox_offset negative', wrong({ version: 2, voxOffset: -1 }), 'nifti-header', /-1/],
  ['slope infinite', wrong({ slope: Number.POSITIVE_INFINITY }), 'nifti-header', /Infinity.*set_slope_inter/],
  ['intercept infinite', wrong({ slope: 2, inter: Number.POSITIVE_INFINITY }), 'nifti-header', /Infinity/],
  ['a unit of length that does not exist', wrong({ xyztUnits: 5 }), 'nifti-header', /code 5/],
  // dimensions
  ['dim[0] = 0', wrong({ dim: [0, 8, 8, 8] }), 'nifti-dimensions', /dim\[0\] is 0/],
  ['dim[0] = 9', wrong({ dim: [9, 8, 8, 8] }), 'nifti-dimensions', /dim\[0\] is 9/],
  ['a negative dimension', wrong({ dim: [3, -8, 8, 8] }), 'nifti-dimensions', /-8 × 8 × 8/],
  ['a dimension of 0', wrong({ dim: [4, 8, 8, 8, 0] }), 'nifti-dimensions', /8 × 0/],
  ['two dimensions', wrong({ dim: [2, 8, 8, 8] }), 'nifti-dimensions', /8 × 8;/],
  ['a single slice', wrong({ dim: [3, 8, 8, 1] }), 'nifti-dimensions', /8 × 8 × 1/],
  ['two frames', wrong({ dim: [4, 8, 8, 4, 2] }), 'nifti-4d', /2 volumes/],
  ['five dimensions', wrong({ dim: [5, 8, 8, 2, 1, 4] }), 'nifti-4d', /4 volumes/],
  ['dimensions that overflow 32 bits', wrong({ dim: [3, 32767, 32767, 32767] }), 'too-many-voxels', /35\.2 trillion/],
  [
    'NIfTI-2 dimensions that overflow 64 bits',
    wrong({ version: 2, dim: [3, 2 ** 43, 2 ** 43, 2 ** 42] }),
    'too-many-voxels',
    /more than 1000 trillion voxels; at most 20 million/, // 2^128
  ],
  [
    'more bytes than the limit',
    wrong({ datatype: 64, dim: [3, 250, 250, 250] }),
    'inflated-too-large',
    /promises 120 MiB; at most [\d.]+ MiB/,
  ],
  // voxels that are not one number
  ['a bitmap', wrong({ datatype: 1 }), 'nifti-datatype', /binary/],
  ['complex voxels', wrong({ datatype: 32 }), 'nifti-datatype', /complex64.*allowed: uint8/],
  ['complex128 voxels', wrong({ datatype: 1792 }), 'nifti-datatype', /complex128/],
  ['RGB voxels', wrong({ datatype: 128 }), 'nifti-datatype', /RGB /],
  ['RGBA voxels', wrong({ datatype: 2304 }), 'nifti-datatype', /RGBA/],
  ['float128 voxels', wrong({ datatype: 1536 }), 'nifti-datatype', /float128/],
  ['a datatype that does not exist', wrong({ datatype: 777 }), 'nifti-datatype', /777/],
  // the affine
  ['a zero sform', wrong({ srow: Array(12).fill(0) }), 'nifti-affine-singular', /singular/],
  [
    'a flat sform beside a good qform',
    wrong({ qformCode: 1, srow: [1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0] }),
    'nifti-affine-singular',
    /sform is singular/,
  ],
  [
    'an sform with NaN',
    wrong({ srow: [1, 0, 0, Number.NaN, 0, 1, 0, 0, 0, 0, 1, 0] }),
    'nifti-affine-singular',
    /finite/,
  ],
  ['a sheared sform', wrong({ srow: [1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }), 'nifti-sheared', /0\.447.*0\.1/],
  ['voxels of 30 mm', wrong({ srow: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 30, 0] }), 'nifti-spacing', /1 × 1 × 30.*20 mm/],
  [
    'voxels of 10 µm',
    wrong({ srow: [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0], xyztUnits: 3 }),
    'nifti-spacing',
    /0\.01.*xyzt_units says µm.*10 × 10 × 10; if they are mm/,
  ],
  ['a quaternion beyond 1', wrong({ ...qform, quatern: [1, 1, 1] }), 'nifti-header', /is 3;/],
  ['a quaternion of NaN', wrong({ ...qform, quatern: [Number.NaN, 0, 0] }), 'nifti-affine-singular', /finite/],
  ['qfac of -3', wrong({ ...qform, pixdim: [-3, 1, 1, 1] }), 'nifti-header', /-3/],
  ['a qform with spacing 0', wrong({ ...qform, pixdim: [1, 1, 0, 1] }), 'nifti-spacing', /1 × 0 × 1/],
  ['a qform with negative spacing', wrong({ ...qform, pixdim: [1, -1, 1, 1] }), 'nifti-spacing', /-1 × 1 × 1/],
  ['no code and negative spacing', wrong({ ...pixdimOnly, pixdim: [1, 1, 1, -1] }), 'nifti-spacing', /1 × 1 × -1/],
  ['no code and no spacing', wrong({ ...pixdimOnly, pixdim: [1, 0, 0, 0] }), 'nifti-no-affine', /0 × 0 × 0/],
  // the voxels
  [
    'NaN voxels',
    wrong({ datatype: 16, data: with60(Number.NaN) }),
    'nifti-nonfinite',
    /60 of 512 voxels \(12 %\).* 10 %/,
  ],
  [
    'infinite voxels',
    wrong({ datatype: 64, data: with60(Number.NEGATIVE_INFINITY) }),
    'nifti-nonfinite',
    /60 of 512 voxels \(12 %\).* 10 %/,
  ],
  ['voxels beyond float32', wrong({ slope: 3e38 }), 'nifti-nonfinite', /of 512/],
  ['a constant volume', wrong({ data: Array(512).fill(7) }), 'scan-constant', /every voxel is 7/],
]

function noise8(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, n) => (n * 151 + 128) % 256))
}

async function faultOf(bytes: Buffer, lowered = {}): Promise<FaultError> {
  const path = join(folder, 'scan.png') // the name says nothing
  writeFileSync(path, bytes)
  const scan = readNifti(path, { ...limits, ...lowered })
  const error = await scan.then(
    () => assert.fail('it was read'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof FaultError, String(error))
  return error
}

test('the right file is read, and so is its gzip', async () => {
  for (const bytes of [file, gz, buildNifti(version2)]) {
    const path = join(folder, 'right.txt')
    writeFileSync(path, bytes)
    assert.deepEqual([...(await readNifti(path, limits)).volume.data], noise)
  }
})

for (const [name, bytes, kind, says] of ROWS)
  test(`${name}: ${kind}`, async () => {
    const { fault } = await faultOf(bytes)
    assert.equal(fault.kind, kind, fault.message)
    assert.match(fault.message, says)
  })

test('a file above the limit is refused with both numbers', async () => {
  const { fault } = await faultOf(file, { maxFileBytes: 1000 })
  assert.equal(fault.kind, 'upload-too-large')
  assert.match(fault.message, /1\.35 KiB; at most 1000 bytes/)
})

test('a volume above the limit is refused with both numbers', async () => {
  const { fault } = await faultOf(file, { maxVoxels: 500 })
  assert.equal(fault.kind, 'too-many-voxels')
  assert.match(fault.message, /512 voxels.* 500 /)
})

const zeros16MiB = gzipSync(Buffer.alloc(1 << 24))

/** `head` followed by 1 GiB of zeros as one gzip file of 65 members (RFC 1952, section 2.2): about 1 MB. */
function bomb(head: Buffer): Buffer {
  return Buffer.concat([gzipSync(head), ...Array<Buffer>(64).fill(zeros16MiB)])
}

/** How far `run` lifts the highest memory use this process ever had. */
async function growthMiB(run: () => Promise<unknown>): Promise<number> {
  const before = process.resourceUsage().maxRSS
  await run()
  return (process.resourceUsage().maxRSS - before) / 1024
}

test('a gzip bomb of zeros is refused and never held in memory', async () => {
  const bytes = bomb(Buffer.alloc(0))
  assert.ok(bytes.length < 3e6)
  const grown = await growthMiB(async () => assert.equal((await faultOf(bytes)).fault.kind, 'not-nifti'))
  assert.ok(grown < 64, `${grown} MiB`)
})

test('a right scan with 1 GiB of zeros behind it is read, and the zeros are never inflated', async () => {
  const path = join(folder, 'bomb.nii.gz')
  const bytes = bomb(file)
  writeFileSync(path, flipped(bytes, bytes.length / 2)) // whoever inflated that far would find it damaged
  const grown = await growthMiB(async () => {
    const scan = await readNifti(path, limits)
    assert.deepEqual([...scan.volume.data], noise)
    assert.match(scan.warnings.map(({ message }) => message).join(), /after its last voxel/)
  })
  assert.ok(grown < 64, `${grown} MiB`)
})

test('an extension of 1 GiB is refused by the limit before it is inflated', async () => {
  const head = buildNifti({ ...right, voxOffset: 2 ** 30, data: [] })
  const grown = await growthMiB(async () => assert.equal((await faultOf(bomb(head))).fault.kind, 'nifti-header'))
  assert.ok(grown < 64, `${grown} MiB`)
})

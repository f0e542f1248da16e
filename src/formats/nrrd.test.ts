/** Files built here from the format's rules, and a real one against numpy. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FaultError } from '../../src/errors.ts'
import { readScan } from './read.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nrrd-'))
})
afterEach(() => rm(folder, { recursive: true }))

const LIMITS = { maxFileBytes: 1e8, maxInflatedBytes: 2e8, maxVoxels: 1e8 }

const read = async (path: string) => (await readScan(path, LIMITS, undefined, 'labels')).volume

const HEADER = {
  type: 'short',
  dimension: '3',
  space: 'left-posterior-superior',
  sizes: '2 2 3',
  'space directions': '(0.5,0,0) (0,-2,0) (0,0,6.5)',
  endian: 'little',
  encoding: 'raw',
  'space origin': '(-10,20,-30)',
}
const VOXELS = Int16Array.from([1, -2, 3, 4, 5, 600, 7, 8, 9, 10, 11, 12])

async function file(fields: Record<string, string>, voxels: Uint8Array): Promise<string> {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}`)
  const path = join(folder, 'a.nrrd')
  await writeFile(path, Buffer.concat([Buffer.from(`NRRD0004\n# a comment: none\n${lines.join('\n')}\n\n`), voxels]))
  return path
}
const raw = () => new Uint8Array(VOXELS.buffer.slice(0))

test('raw and gzip give the same voxels; left and posterior become right and anterior', async () => {
  for (const [encoding, bytes] of [
    ['raw', raw()],
    ['gzip', gzipSync(raw())],
  ] as const) {
    const scan = await read(await file({ ...HEADER, encoding }, bytes))
    assert.deepEqual(scan.shape, [2, 2, 3])
    assert.deepEqual([...scan.data], [...VOXELS])
    assert.deepEqual(
      scan.affine.map((value) => value + 0),
      [-0.5, 0, 0, 10, 0, 2, 0, -20, 0, 0, 6.5, -30, 0, 0, 0, 1],
    )
  }
})

test('big-endian voxels, and a space that is RAS already', async () => {
  const swapped = Buffer.from(raw()).swap16()
  const header = { ...HEADER, endian: 'big', space: 'right-anterior-superior' }
  const scan = await read(await file(header, swapped))
  assert.deepEqual([...scan.data], [...VOXELS])
  assert.deepEqual(scan.affine.slice(0, 4), [0.5, 0, 0, -10])
})

test('what is missing, unknown, cut off or too large is refused, each with its code', async () => {
  const { space: _, ...noSpace } = HEADER
  const { 'space directions': __, ...noDirections } = HEADER
  const refused: readonly (readonly [string, Record<string, string>, Uint8Array])[] = [
    ['nifti-header', noSpace, raw()],
    ['nifti-no-affine', noDirections, raw()],
    ['nifti-4d', { ...HEADER, dimension: '4', sizes: '3 2 2 3' }, raw()],
    ['nifti-header', { ...HEADER, 'byte skip': '-1' }, raw()],
    ['nifti-header', { ...HEADER, 'space units': '"um" "um" "um"' }, raw()],
    ['nifti-dimensions', { ...HEADER, sizes: '2 1 3' }, raw()],
    ['nifti-spacing', { ...HEADER, 'space directions': '(500,0,0) (0,500,0) (0,0,500)' }, raw()],
    ['detached-header', { ...HEADER, 'data file': 'secret.raw' }, raw()],
    ['nifti-header', { ...HEADER, space: 'scanner-xyz' }, raw()],
    ['nifti-datatype', { ...HEADER, type: 'block' }, raw()],
    ['nifti-header', { ...HEADER, 'space directions': '(1,0,0) none (0,0,1)' }, raw()],
    ['nifti-header', { ...HEADER, encoding: 'bzip2' }, raw()],
    ['nifti-truncated', HEADER, raw().subarray(0, 23)],
    ['gzip-corrupt', { ...HEADER, encoding: 'gzip' }, raw()],
    ['too-many-voxels', { ...HEADER, sizes: '100000 100000 100000' }, raw()],
  ]
  for (const [kind, header, bytes] of refused) {
    const isRefused = (error: unknown) => error instanceof FaultError && error.fault.kind === kind
    await assert.rejects(read(await file(header, bytes)), isRefused, `${kind} ${header.space}`)
  }
  const path = join(folder, 'b.nrrd')
  await writeFile(path, 'not a NRRD\n\n'.repeat(50))
  await assert.rejects(read(path), /text/)
})

const REAL = join(import.meta.dirname, '../../../shared/data/lesion/AIM-Harvard__pyradiomics/data')

test('a real T1 and its tumour mask as numpy reads them', { skip: !existsSync(REAL) && 'no shared data' }, async () => {
  const scan = await read(join(REAL, 'brain1_image.nrrd'))
  const mask = await read(join(REAL, 'brain1_label.nrrd'))
  assert.deepEqual(scan.shape, [256, 256, 25])
  // numpy: sum of the image, number of ones, two voxels [z, y, x] = [12, 128, 128] and [12, 100, 140]
  assert.equal(
    scan.data.reduce((sum, value) => sum + value, 0),
    631859459,
  )
  assert.equal(mask.data.filter((value) => value === 1).length, 4137)
  const at = (x: number, y: number, z: number) => scan.data[x + 256 * (y + 256 * z)]
  assert.deepEqual([at(128, 128, 12), at(140, 100, 12)], [526, 507])
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { faultOf } from '../../test/fixtures/fault.ts'
import { buildNifti } from '../../test/fixtures/nifti.ts'
import { gunzipMembers } from './gzip-members.ts'
import { readNifti } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-gzip-'))
after(() => rmSync(folder, { recursive: true }))
const LIMITS = { maxFileBytes: 1e7, maxInflatedBytes: 1e7, maxVoxels: 1e6 }

async function read(...parts: readonly Buffer[]) {
  const path = join(folder, 'scan')
  writeFileSync(path, Buffer.concat(parts))
  const { volume, warnings } = await readNifti(path, LIMITS)
  return { voxels: [...volume.data], codes: warnings.map(({ code }) => code) }
}

// 2 MB of voxels, which no single chunk holds
const data = Array.from({ length: 100 ** 3 }, (_, n) => (n * 7919) % 30011)
const scan = buildNifti({ dim: [3, 100, 100, 100], data })
const packed = gzipSync(scan, { level: 1 })
const small = gzipSync(buildNifti({ dim: [3, 8, 8, 8] }))

test('what follows the gzip and is none is ignored and told: a byte, the first byte of a member, a page', async () => {
  for (const rest of [
    Buffer.from('x'),
    Buffer.from([0x1f]),
    Buffer.from('\r\n--boundary--\r\n'),
    Buffer.alloc(5000, 7),
  ]) {
    const found = await read(packed, rest)
    assert.deepEqual(found.voxels, data)
    assert.deepEqual(found.codes, ['trailing-bytes'])
    assert.deepEqual((await read(small, rest)).codes, ['trailing-bytes'])
  }
})

test('zeros behind the gzip are padding', async () => {
  for (const zeros of [1, 511, 600_000]) {
    const found = await read(packed, Buffer.alloc(zeros))
    assert.deepEqual([found.voxels.length, found.codes], [data.length, []])
  }
})

test('members go on where the last one ended, and bytes that are none come after them', async () => {
  const parts = [0, 100, 352, 900_000].map((start, n, starts) => gzipSync(scan.subarray(start, starts[n + 1])))
  assert.deepEqual((await read(...parts)).voxels, data)
  const found = await read(...parts, Buffer.from('tail'))
  assert.deepEqual([found.voxels, found.codes], [data, ['trailing-bytes']])
})

test('what begins as a member and is damaged is refused, with or without bytes behind it', async () => {
  const half = scan.length / 2
  const second = gzipSync(scan.subarray(half))
  second[second.length - 6]! ^= 0xff
  await assert.rejects(read(gzipSync(scan.subarray(0, half)), second), faultOf('gzip-corrupt'))
  await assert.rejects(read(gzipSync(scan.subarray(0, half)), second, Buffer.from('tail')), faultOf('gzip-corrupt'))
  await assert.rejects(read(packed.subarray(0, -3)), faultOf('gzip-corrupt'))
})

async function* inBytes(bytes: Buffer): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

async function contentOf(bytes: Buffer): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of gunzipMembers(inBytes(bytes), 1024)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

test('a header with every optional field is passed over, byte by byte', async () => {
  const plain = gzipSync('content')
  const head = Buffer.from(plain.subarray(0, 10))
  head[3] = 2 | 4 | 8 | 16
  const fields = Buffer.concat([Buffer.from([3, 0, 9, 9, 9]), Buffer.from('a name\0a comment\0'), Buffer.from([1, 2])])
  const member = Buffer.concat([head, fields, plain.subarray(10)])
  assert.equal(await contentOf(Buffer.concat([member, plain, member, Buffer.from('x')])), 'content'.repeat(3))
  for (const cut of [5, 12, 14, 18, 30, member.length - 1])
    await assert.rejects(contentOf(member.subarray(0, cut)), faultOf('gzip-corrupt'), `${cut}`)
})

test('members that hold next to nothing are not followed for ever', async () => {
  const empty = gzipSync('')
  await assert.rejects(contentOf(Buffer.concat(Array<Buffer>(1200).fill(empty))), faultOf('gzip-corrupt', /1001 gzip/))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundaryOf, MultipartError, type PartLimits, partsOf } from './multipart-related.ts'

const ROOM: PartLimits = { parts: 10, partBytes: 1000 }
const text = (bytes: string) => Buffer.from(bytes, 'latin1')

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Buffer, size = 7, limits = ROOM) {
  const parts = []
  for await (const { headers, body } of partsOf(inPieces(bytes, size), 'B', limits)) {
    let said = ''
    for await (const chunk of body) said += chunk.toString('latin1')
    parts.push([Object.fromEntries(headers), said])
  }
  return parts
}
const fault = (why: MultipartError['why']) => (error: unknown) => error instanceof MultipartError && error.why === why

test('parts are the same however the bytes are cut, and something like a boundary within one stays', async () => {
  const bytes = text('--B\r\nA:b\r\n\r\nx\r\n--A\r\n-\r\n--B\r\n\r\n\r\n--B--')
  for (let size = 1; size <= bytes.length; size++) {
    assert.deepEqual(await read(bytes, size), [
      [{ a: 'b' }, 'x\r\n--A\r\n-'],
      [{}, ''],
    ])
  }
})

test('a preamble, white space behind a boundary and an epilogue belong to no part', async () => {
  const bytes = text('preamble\r\n--B \t\r\nContent-Type: application/dicom\r\n\r\none\r\n--B--\r\nepilogue')
  assert.deepEqual(await read(bytes), [[{ 'content-type': 'application/dicom' }, 'one']])
})

test('no part at all is an empty list', async () => {
  assert.deepEqual(await read(text('--B--\r\n')), [])
})

test('a part that nobody reads, or reads half, is passed over', async () => {
  const bytes = text(`--B\r\n\r\n${'a'.repeat(500)}\r\n--B\r\n\r\n${'b'.repeat(500)}\r\n--B\r\n\r\nlast\r\n--B--`)
  const seen: string[] = []
  for await (const { body } of partsOf(inPieces(bytes, 50), 'B', ROOM)) {
    if (seen.length === 1) {
      seen.push('not read')
      continue
    }
    for await (const chunk of body) {
      seen.push(chunk.toString())
      break
    }
  }
  assert.deepEqual([seen[0]?.[0], ...seen.slice(1)], ['a', 'not read', 'last'])
})

test('a body cut off anywhere is a fault, never a shorter list', async () => {
  const bytes = text('--B\r\nA: b\r\n\r\none\r\n--B\r\n\r\ntwo\r\n--B--')
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(read(bytes.subarray(0, length)), fault('cut-off'), `${length}`)
  }
  assert.equal((await read(bytes)).length, 2)
})

test('parts, their bytes and their headers are bounded', async () => {
  const bytes = text('--B\r\n\r\none\r\n--B\r\n\r\ntwo!\r\n--B--')
  assert.equal((await read(bytes, 7, { parts: 2, partBytes: 4 })).length, 2)
  await assert.rejects(read(bytes, 7, { parts: 1, partBytes: 4 }), fault('too-large'))
  await assert.rejects(read(bytes, 7, { parts: 2, partBytes: 3 }), fault('too-large'))
  await assert.rejects(read(text(`--B\r\nA: ${'x'.repeat(20_000)}`), 999), fault('too-large'))
  await assert.rejects(read(text('--B\r\nno header\r\n\r\n')), fault('malformed'))
})

test('the boundary is found where servers put it', () => {
  assert.equal(boundaryOf('multipart/related; type="application/dicom"; boundary=abc'), 'abc')
  assert.equal(boundaryOf('Multipart/Related;boundary="a; b=c";type=application/dicom'), 'a; b=c')
  assert.equal(boundaryOf('multipart/related; type="application/dicom"'), undefined)
  assert.equal(boundaryOf('application/dicom; boundary=abc'), undefined)
  assert.equal(boundaryOf(undefined), undefined)
})

/** What clients may do to a body on its way: parts without a file name, content encodings, a form that is too large. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { raw } from './fixtures/guarded.ts'
import { startTestService, succeed, type TestService, until } from './fixtures/service.ts'

const SCANS = '/v1/segmentations'
const OCTETS = 'application/octet-stream'
const MAX_BYTES = 100_000
/** Not UTF-8, and with what looks like the line of a boundary. */
const SCAN = Buffer.from([0x1f, 0x8b, 0, 255, 13, 10, 45, 45, 13, 10, 10, 0])

let service: TestService
/** Channel → what the last computation was given. */
let seen: Record<string, Buffer> = {}
before(async () => {
  service = await startTestService({ maxUploadBytes: MAX_BYTES })
  service.segment = (task, options) => {
    seen = Object.fromEntries(Object.entries(task.scans).map(([name, path]) => [name, readFileSync(path)]))
    return succeed(task, options)
  }
})
after(() => service.close())

async function post(query: string, headers: Record<string, string>, body: Uint8Array) {
  seen = {}
  const response = await fetch(`${service.base}${SCANS}${query}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  })
  const text = await response.text()
  const isProblem = response.headers.get('content-type')?.includes('problem') === true
  const { code, detail } = isProblem ? JSON.parse(text) : { code: undefined, detail: '' }
  return { status: response.status, headers: response.headers, code, detail: String(detail) }
}

const MULTIPART = { 'Content-Type': 'multipart/form-data; boundary=edge' }
function part(disposition: string, value: string | Buffer, ...lines: string[]): Buffer {
  const head = ['--edge', `Content-Disposition: form-data; ${disposition}`, ...lines, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head), Buffer.from(value as string), Buffer.from('\r\n')])
}
const form = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from('--edge--\r\n')])
const t1 = part('name="t1"; filename="a.nii"', SCAN)

// parts without a file name

const TYPES = [OCTETS, 'application/gzip', 'application/x-nifti', 'image/x.nifti', 'text/plain', undefined]
for (const type of TYPES) {
  test(`a part without a file name is a file: ${type ?? 'no type'}`, async () => {
    const lines = type === undefined ? [] : [`Content-Type: ${type}`]
    const { status } = await post('', MULTIPART, form(part('name="t1"', SCAN, ...lines), part('name="grid"', 't1')))
    assert.equal(status, 200)
    assert.deepEqual(seen, { t1: SCAN })
  })
}

test('a file without a name may be as large as one with a name, and not larger', async () => {
  const value = Buffer.alloc(MAX_BYTES, 7)
  assert.equal((await post('', MULTIPART, form(part('name="t1"', value)))).status, 200)
  assert.deepEqual(seen, { t1: value })
  const more = await post('', MULTIPART, form(part('name="t1"', Buffer.alloc(MAX_BYTES + 1))))
  assert.deepEqual([more.status, more.code], [413, 'upload-too-large'])
})

test('a path instead of a file is told how to send one', async () => {
  const { status, code, detail } = await post('', MULTIPART, form(part('name="t1"', 't1.nii.gz')))
  assert.deepEqual([status, code], [400, 'malformed-request'])
  assert.match(detail, /curl -F t1=@/)
})

test('a form in which no FLAIR was chosen is one of T1 alone; an empty name with a scan is a file', async () => {
  const chosen = (value: Buffer) => part('name="flair"; filename=""', value, `Content-Type: ${OCTETS}`)
  assert.equal((await post('', MULTIPART, form(t1, chosen(Buffer.alloc(0))))).status, 200)
  assert.deepEqual(seen, { t1: SCAN })
  assert.equal((await post('', MULTIPART, form(t1, chosen(SCAN)))).status, 200)
  assert.deepEqual(seen, { t1: SCAN, flair: SCAN })
})

const LOST: readonly [what: string, code: string, body: () => Buffer][] = [
  ['a file name that needs quotes', 'malformed-multipart', () => part('name="flair"; filename=my scan.nii', SCAN)],
  ['a name that is none', 'malformed-multipart', () => part('name="flair"; filename=".."', SCAN)],
  ['another disposition', 'malformed-multipart', () => Buffer.from('--edge\r\nX: y\r\n\r\nscan\r\n')],
  ['no such channel', 'unknown-channel', () => part('name="FLAIR"', SCAN, `Content-Type: ${OCTETS}`)],
  [
    'base64',
    'malformed-multipart',
    () => part('name="flair"; filename="a"', 'AAAA', 'Content-Transfer-Encoding: base64'),
  ],
]
for (const [what, code, body] of LOST) {
  test(`no scan is lost without a word: ${what} → 400 ${code}`, async () => {
    const answer = await post('', MULTIPART, form(t1, body()))
    assert.deepEqual([answer.status, answer.code], [400, code])
    assert.deepEqual(seen, {})
    await until(() => service.leftovers().every((file) => !file.includes('upload')))
  })
}

// content encodings

const window = { params: { [constants.ZSTD_c_windowLog]: 25 } }
const ENCODINGS: readonly [header: string, encode: (body: Buffer) => Buffer][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['identity', (body) => body],
  ['identity, gzip', gzipSync],
  ['gzip, br', (body) => brotliCompressSync(gzipSync(body))],
  ['deflate,zstd,gzip', (body) => gzipSync(zstdCompressSync(deflateSync(body)))],
]
for (const [header, encode] of ENCODINGS) {
  test(`Content-Encoding: ${header} is decoded, around a scan and around a form`, async () => {
    const encoded = { 'Content-Encoding': header }
    const value = Buffer.alloc(MAX_BYTES, SCAN)
    const one = await post('?channel=t1', { 'Content-Type': 'application/gzip', ...encoded }, encode(value))
    assert.equal(one.status, 200)
    assert.deepEqual(seen, { t1: value })
    const both = await post('', { ...MULTIPART, ...encoded }, encode(form(t1, part('name="flair"', value))))
    assert.equal(both.status, 200)
    assert.deepEqual(seen, { t1: SCAN, flair: value })
  })
}

test('a gzip without a content encoding is the file itself', async () => {
  const value = gzipSync('a scan')
  assert.equal((await post('?channel=t1', { 'Content-Type': 'application/gzip' }, value)).status, 200)
  assert.deepEqual(seen, { t1: value })
})

test('what does not compress may be as large as a plain body', async () => {
  const value = Buffer.from(Array.from({ length: MAX_BYTES }, (_, i) => (i * i * 31 + (i >> 3)) % 251))
  const sent = gzipSync(value, { level: 0 })
  assert.ok(sent.length > MAX_BYTES)
  const asked = { 'Content-Type': OCTETS, 'Content-Encoding': 'gzip' }
  assert.equal((await post('?channel=t1', asked, sent)).status, 200)
  assert.deepEqual(seen, { t1: value })
})

const UNKNOWN = ['compress', 'aws-chunked', 'gzip, nonsense', 'gzip, gzip, gzip, gzip', 'toString']
for (const header of UNKNOWN) {
  test(`Content-Encoding: ${header} → 415 and the encodings that are decoded`, async () => {
    const answer = await post('?channel=t1', { 'Content-Type': OCTETS, 'Content-Encoding': header }, SCAN)
    assert.deepEqual([answer.status, answer.code], [415, 'unsupported-media-type'])
    assert.equal(answer.headers.get('accept-encoding'), 'gzip, deflate, br, zstd')
    assert.match(answer.detail, header === 'compress' ? /encoding compress/ : /encoding/)
  })
}

test('a 415 for another reason names no encodings (RFC 9110, section 12.5.3)', async () => {
  const answer = await post('?channel=t1', { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }, SCAN)
  assert.deepEqual([answer.status, answer.headers.get('accept-encoding')], [415, null])
})

const gzipped = gzipSync(Buffer.alloc(5000, SCAN))
const BROKEN: readonly [what: string, header: string, body: Buffer][] = [
  ['nothing', 'gzip', Buffer.alloc(0)],
  ['a gzip that is cut off', 'gzip', gzipped.subarray(0, -9)],
  ['a gzip with bytes behind it', 'gzip', Buffer.concat([gzipped, Buffer.from('more of it')])],
  ['a deflate with bytes behind it', 'deflate', Buffer.concat([deflateSync(SCAN), SCAN])],
  ['a br with bytes behind it', 'br', Buffer.concat([brotliCompressSync(SCAN), SCAN])],
  ['a deflate without its zlib header', 'deflate', deflateRawSync(SCAN)],
  ['a scan as it is', 'zstd', SCAN],
  ['a zstd that wants 32 MiB of memory', 'zstd', zstdCompressSync(Buffer.alloc(2 ** 25), window)],
]
for (const [what, header, body] of BROKEN) {
  test(`Content-Encoding: ${header} and ${what} → 400, as a scan and as a form`, async () => {
    for (const type of [OCTETS, MULTIPART['Content-Type']]) {
      const query = type === OCTETS ? '?channel=t1' : ''
      // Without a length: a body of no bytes says nothing else.
      const head = `POST ${SCANS}${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\n`
      const chunk = body.length === 0 ? [] : [`${body.length.toString(16)}\r\n`, body, '\r\n']
      const encoded = `Content-Encoding: ${header}\r\nTransfer-Encoding: chunked\r\n\r\n`
      const answer = await raw(service.port, [`${head}${encoded}`, ...chunk, '0\r\n\r\n'])
      assert.deepEqual([answer.status, answer.code], [400, 'malformed-request'])
    }
  })
}

const zeros = Buffer.alloc(2 ** 24)
const BOMBS: readonly [header: string, body: () => Buffer][] = [
  ['gzip', () => gzipSync(zeros)],
  ['deflate', () => deflateSync(zeros)],
  ['br', () => brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ['zstd', () => zstdCompressSync(zeros)],
  ['gzip, gzip', () => gzipSync(gzipSync(zeros))],
  // Its 16 MiB of empty members come out of the first step, and nothing out of the second.
  ['gzip, zstd', () => zstdCompressSync(Buffer.alloc(2 ** 24, gzipSync('')))],
]
for (const [header, body] of BOMBS) {
  test(`a bomb of 16 MiB as ${header} counts unpacked → 413, as a scan and as a form`, async () => {
    const encoded = { 'Content-Encoding': header }
    const one = await post('?channel=t1', { 'Content-Type': OCTETS, ...encoded }, body())
    assert.deepEqual([one.status, one.code], [413, 'upload-too-large'])
    const both = await post('', { ...MULTIPART, ...encoded }, body())
    assert.deepEqual([both.status, both.code], [413, 'upload-too-large'])
    await until(() => service.leftovers().every((file) => !file.includes('upload')))
  })
}

// a form that is refused before its end

const CHUNKED = `POST ${SCANS} HTTP/1.1\r\nHost: x\r\nContent-Type: ${MULTIPART['Content-Type']}\r\nTransfer-Encoding: chunked\r\n\r\n`
const chunk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
const REFUSED: readonly [what: string, status: number, code: string, body: () => Buffer][] = [
  [
    'a file that is too large',
    413,
    'upload-too-large',
    () => part('name="t1"; filename="a"', Buffer.alloc(3 * MAX_BYTES)),
  ],
  ['the same without a name', 413, 'upload-too-large', () => part('name="t1"', Buffer.alloc(3 * MAX_BYTES))],
  [
    'a part of no meaning that is too large',
    413,
    'upload-too-large',
    () => part('name="x"', Buffer.alloc(9 * MAX_BYTES)),
  ],
  ['an unknown channel', 400, 'unknown-channel', () => part('name="pet"; filename="a"', SCAN)],
  ['a text that is too long', 400, 'malformed-multipart', () => part('name="model"', Buffer.alloc(5000, 'x'))],
  ['a header that is none', 400, 'malformed-multipart', () => Buffer.from('--edge\r\n\x01\r\n\r\n')],
]
for (const [what, status, code, body] of REFUSED) {
  test(`${what} in a form whose client then waits gets ${status} and the end of the connection`, async () => {
    // No end of the body: the client has sent all it will send until it is answered.
    const answer = await raw(service.port, [CHUNKED, chunk(body()), chunk(Buffer.from('--edge\r\n'))])
    assert.deepEqual([answer.status, answer.code], [status, code])
    assert.match(answer.text, /^Connection: close\r$/im)
    await until(() => service.leftovers().every((file) => !file.includes('upload')))
  })
}

test('fetch and python3 read 413 for a form without a length that is too large', async (t) => {
  const head = Buffer.from('--edge\r\nContent-Disposition: form-data; name="t1"; filename="a"\r\n\r\n')
  let left = 20 * MAX_BYTES
  const pull = (controller: ReadableStreamDefaultController) => {
    if (left === 20 * MAX_BYTES) controller.enqueue(head)
    left -= 1000
    controller.enqueue(new Uint8Array(1000))
    if (left <= 0) controller.close()
  }
  const response = await fetch(`${service.base}${SCANS}`, {
    method: 'POST',
    headers: MULTIPART,
    body: new ReadableStream({ pull }),
    duplex: 'half',
  })
  assert.match(await response.text(), /upload-too-large/)
  const run = promisify(execFile)
  const program = `
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
def body():
    yield b'--edge\\r\\nContent-Disposition: form-data; name="t1"; filename="a"\\r\\n\\r\\n'
    for _ in range(2000): yield bytes(1000)
c.request('POST', '${SCANS}', body=body(), headers={'Content-Type': '${MULTIPART['Content-Type']}'}, encode_chunked=True)
print(c.getresponse().status)`
  const isMissing = await run('python3', ['--version']).then(
    () => false,
    () => true,
  )
  if (isMissing) return t.skip('no python3 here')
  assert.equal(Number((await run('python3', ['-c', program, String(service.port)])).stdout), 413)
})

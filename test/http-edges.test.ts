/** What usual clients send that is allowed and seldom: each reaches the computation as the same scan, or is told why not. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { raw } from './fixtures/guarded.ts'
import { LABEL_MAP, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

const SCANS = '/v1/segmentations'
const OCTETS = 'application/octet-stream'
const MAX_BYTES = 100_000
const SCAN = Buffer.from('scan')

let service: TestService
let task: Parameters<TestService['segment']>[0] | undefined
before(async () => {
  service = await startTestService({ maxUploadBytes: MAX_BYTES })
  service.segment = (given, options) => {
    task = given
    return succeed(given, options)
  }
})
after(() => service.close())

async function post(query: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
  const response = await fetch(`${service.base}${SCANS}${query}`, { method: 'POST', headers, body })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isProblem = response.headers.get('content-type')?.includes('problem') === true
  const { code, detail } = isProblem ? JSON.parse(bytes.toString()) : { code: undefined, detail: '' }
  return { status: response.status, headers: response.headers, bytes, code, detail: String(detail) }
}

// a body that is too large

/** Chunks of a body without a length, until the service closes. */
function chunked(head: string, bytes: number): readonly (string | Uint8Array)[] {
  const chunk = Buffer.alloc(16_384)
  const framed = Buffer.concat([Buffer.from('4000\r\n'), chunk, Buffer.from('\r\n')])
  return [`${head}Transfer-Encoding: chunked\r\n\r\n`, ...Array<Buffer>(Math.ceil(bytes / chunk.length)).fill(framed)]
}
const RAW_HEAD = `POST ${SCANS}?channel=t1 HTTP/1.1\r\nHost: x\r\nContent-Type: ${OCTETS}\r\n`

test('a client that sends too much and then waits gets 413 and the end of the connection', async () => {
  const answer = await raw(service.port, chunked(RAW_HEAD, 3 * MAX_BYTES))
  assert.deepEqual([answer.status, answer.code], [413, 'upload-too-large'])
  assert.match(answer.text, /^Connection: close\r$/im)
})

test('so does one that says a length and stops before it', async () => {
  const said = await raw(service.port, [`${RAW_HEAD}Content-Length: ${10 * MAX_BYTES}\r\n\r\n`, 'x'])
  assert.deepEqual([said.status, said.code], [413, 'upload-too-large'])
})

test('a client that never stops sending has its answer all the same, and the service is rid of it', async () => {
  const socket = connect({ port: service.port, host: '127.0.0.1', allowHalfOpen: true })
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.on('error', () => {})
  const [head, chunk] = chunked(RAW_HEAD, 1)
  socket.write(head!)
  let isClosed = false
  socket.once('close', () => {
    isClosed = true
  })
  const send = () => {
    while (!isClosed && socket.write(chunk!));
  }
  socket.on('drain', send)
  send()
  await until(() => answer.includes('upload-too-large'))
  await until(() => isClosed)
  assert.match(answer, /^HTTP\/1\.1 413 /)
})

/** 20 times what is allowed: more than the buffers of both sides hold. */
const MUCH = 20 * MAX_BYTES
const python = `
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
def body():
    for _ in range(${MUCH / 1000}): yield bytes(1000)
c.request('POST', '${SCANS}?channel=t1', body=body(), headers={'Content-Type': '${OCTETS}'}, encode_chunked=True)
print(c.getresponse().status)`
const run = promisify(execFile)
const has = (program: string) =>
  run(program, ['--version']).then(
    () => false as const,
    () => `no ${program} here`,
  )

const CLIENTS: Readonly<Record<string, () => Promise<unknown>>> = {
  fetch: async () => {
    let left = MUCH
    const pull = (controller: ReadableStreamDefaultController) => {
      left -= 1000
      if (left < 0) controller.close()
      else controller.enqueue(new Uint8Array(1000))
    }
    const response = await fetch(`${service.base}${SCANS}?channel=t1`, {
      method: 'POST',
      headers: { 'Content-Type': OCTETS },
      body: new ReadableStream({ pull }),
      duplex: 'half',
    })
    assert.match(await response.text(), /upload-too-large/)
    return response.status
  },
  curl: async () => {
    const asked = ['-sS', '-T', '-', '-X', 'POST', '-H', `Content-Type: ${OCTETS}`, '-H', 'Expect:']
    const sent = run('curl', [...asked, '-w', '%{http_code}', '-o', '/dev/null', `${service.base}${SCANS}?channel=t1`])
    sent.child.stdin?.on('error', () => {}) // curl stops to read once it is answered
    sent.child.stdin?.end(Buffer.alloc(MUCH))
    return Number((await sent).stdout)
  },
  python3: async () => Number((await run('python3', ['-c', python, String(service.port)])).stdout),
}
for (const [client, send] of Object.entries(CLIENTS)) {
  test(`${client} reads 413 for a body without a length that is too large`, async (t) => {
    const missing = client === 'fetch' ? false : await has(client)
    if (missing !== false) return t.skip(missing)
    assert.equal(await send(), 413)
  })
}

test('after a refused upload that came whole the connection stays open for the next request', async () => {
  const refused = `POST ${SCANS} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx`
  const { text } = await raw(service.port, [refused, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'])
  assert.match(text, /^HTTP\/1\.1 415 [\s\S]*HTTP\/1\.1 200 /)
})

test('nobody says "100 Continue" to HTTP/1.0; HTTP/1.1 is told to go on', async () => {
  const asked = (version: string) =>
    raw(service.port, [
      `POST ${SCANS}?channel=t1 HTTP/${version}\r\nHost: x\r\nConnection: close\r\nContent-Type: ${OCTETS}\r\n` +
        'Expect: 100-continue\r\nContent-Length: 4\r\n\r\nscan',
    ])
  assert.match((await asked('1.0')).text, /^HTTP\/1\.1 200 /)
  assert.match((await asked('1.1')).text, /^HTTP\/1\.1 100 [\s\S]*HTTP\/1\.1 200 /)
})

const MULTIPART = { 'Content-Type': 'multipart/form-data; boundary=edge' }
function part(disposition: string, value: string | Buffer, type?: string): Buffer {
  const line = type === undefined ? '' : `\r\nContent-Type: ${type}`
  const head = `--edge\r\nContent-Disposition: form-data; ${disposition}${line}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(value as string), Buffer.from('\r\n')])
}
const form = (...parts: Buffer[]) => new Uint8Array(Buffer.concat([...parts, Buffer.from('--edge--\r\n')]))
const t1 = part('name="t1"; filename="a.nii"', SCAN, OCTETS)

// options beside a form

test('options of the query hold beside a form, and may say the same as its fields', async () => {
  const asked = await post('?model=tiny&grid=t1&name=case', MULTIPART, form(t1, part('name="grid"', 't1')))
  assert.equal(asked.status, 200)
  assert.deepEqual([task?.modelId, task?.gridChannel], ['tiny', 't1'])
  assert.match(asked.headers.get('content-disposition') ?? '', /case-labels\.nii\.gz/)
})

test('a query and a field that disagree are refused by both names; ?channel= is told where it belongs', async () => {
  const differ = await post('?grid=t1', MULTIPART, form(t1, part('name="grid"', 'flair')))
  assert.deepEqual([differ.status, differ.code], [400, 'malformed-request'])
  assert.match(differ.detail, /field grid and \?grid=/)
  const channel = await post('?channel=t1', MULTIPART, form(t1))
  assert.deepEqual([channel.status, channel.code], [400, 'malformed-request'])
  assert.match(channel.detail, /name of a part/)
})

// what the map is called

const TYPES: readonly [accept: string, type: string][] = [
  ['*/*', 'application/gzip'],
  ['application/*', 'application/gzip'],
  [OCTETS, OCTETS],
  ['application/x-gzip', 'application/x-gzip'],
  ['application/x-nifti', 'application/gzip'],
  ['application/gzip;q=0.1, application/octet-stream', OCTETS],
]
for (const [accept, type] of TYPES) {
  test(`Accept: ${accept} gets the map as ${type}, at once and later`, async () => {
    const now = await post('?channel=t1', { 'Content-Type': OCTETS, Accept: accept }, 'scan')
    assert.deepEqual([now.status, now.headers.get('content-type'), now.bytes], [200, type, LABEL_MAP])
    const later = await fetch(`${service.base}${now.headers.get('location')}/labels`, { headers: { Accept: accept } })
    assert.deepEqual([later.headers.get('content-type'), Buffer.from(await later.arrayBuffer())], [type, LABEL_MAP])
  })
}

const NAMES: readonly [name: string, disposition: string][] = [
  ['case 7', 'attachment; filename="case 7-labels.nii.gz"'],
  ['../../etc/passwd', 'attachment; filename=etc_passwd-labels.nii.gz'],
  ['a"b\\c', 'attachment; filename=a_b_c-labels.nii.gz'],
  ['...', 'attachment; filename=labels.nii.gz'],
  ['Zoë', "attachment; filename=Zoe-labels.nii.gz; filename*=UTF-8''Zo%C3%AB-labels.nii.gz"],
  ['脳', "attachment; filename=_-labels.nii.gz; filename*=UTF-8''%E8%84%B3-labels.nii.gz"],
  ['5%41', "attachment; filename=5_41-labels.nii.gz; filename*=UTF-8''5%2541-labels.nii.gz"],
]
for (const [name, disposition] of NAMES) {
  test(`the map of a job named ${name} is saved as ${disposition}`, async () => {
    const { headers } = await post(`?channel=t1&name=${encodeURIComponent(name)}`, { 'Content-Type': OCTETS }, 'scan')
    assert.equal(headers.get('content-disposition'), disposition)
  })
}

test('a long name leaves room for the rest within the 255 bytes of file systems', async () => {
  const name = '脳'.repeat(100)
  const { headers } = await post(`?channel=t1&name=${encodeURIComponent(name)}`, { 'Content-Type': OCTETS }, 'scan')
  const [, encoded = ''] = /UTF-8''(\S+)$/.exec(headers.get('content-disposition') ?? '') ?? []
  const saved = decodeURIComponent(encoded)
  assert.match(saved, /^脳{66}-labels\.nii\.gz$/)
  assert.ok(Buffer.byteLength(saved) <= 255)
})

/** What clients get wrong, or do to us: each refusal has its own code, nothing stays on the disk, nothing is told on. */
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { PATIENCE_MS } from './fixtures/patience.ts'
import { hang, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

const MAX_BYTES = 4096
let service: TestService
before(async () => {
  service = await startTestService({ maxUploadBytes: MAX_BYTES, uploadTimeoutMs: PATIENCE_MS, queueLength: 2 })
})
after(() => service.close())
afterEach(async () => {
  service.segment = succeed
  await service.forgetAll()
})

interface Part {
  readonly name: string
  readonly value: string | Uint8Array
  readonly filename?: string
}
const file = (name: string, value: string | Uint8Array = 'scan'): Part => ({ name, value, filename: 'a.nii' })
const field = (name: string, value = 'x'): Part => ({ name, value })

const BOUNDARY = 'onelabel-boundary'
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`

function multipart(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): Buffer {
  const written = parts.flatMap(({ name, value, filename }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '\r\n\r\n' : `; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    value,
    '\r\n',
  ])
  return Buffer.concat([...written, end].map((part) => Buffer.from(part as string)))
}

async function post(query: string, type: string | undefined, body: string | Uint8Array, headers = {}) {
  const response = await fetch(`${service.base}/v1/segmentations${query}`, {
    method: 'POST',
    headers: { ...(type === undefined ? {} : { 'Content-Type': type }), ...headers },
    body: typeof body === 'string' ? Buffer.from(body) : body,
  })
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true
  const problem = isProblem ? ((await response.json()) as { code: string; detail: string }) : undefined
  if (!isProblem) await response.arrayBuffer()
  return { status: response.status, code: problem?.code, detail: problem?.detail ?? '' }
}

const OCTETS = 'application/octet-stream'
type Refusal = readonly [what: string, status: number, code: string, send: () => ReturnType<typeof post>]
const form = (...parts: Part[]) => post('', MULTIPART, multipart(parts))

const REFUSALS: readonly Refusal[] = [
  ['100 text parts', 400, 'malformed-multipart', () => form(...Array.from({ length: 100 }, (_, i) => field(`f${i}`)))],
  ['100 files for one channel', 400, 'duplicate-channel', () => form(...Array.from({ length: 100 }, () => file('t1')))],
  ['no part at all', 400, 'no-scan', () => form()],
  ['options but no file', 400, 'no-scan', () => form(field('grid', 't1'))],
  ['a file part without a file name and content', 400, 'no-scan', () => form({ ...file('t1', ''), filename: '' })],
  ['a channel as text', 400, 'malformed-request', () => form(field('t1'))],
  [
    'a query for a form that disagrees',
    400,
    'malformed-request',
    () => post('?grid=t1', MULTIPART, multipart([file('t1'), field('grid', 'flair')])),
  ],
  ['an unknown option', 400, 'malformed-request', () => form(file('t1'), field('colour'))],
  ['an option twice', 400, 'malformed-request', () => form(file('t1'), field('grid', 't1'), field('grid', 't1'))],
  ['an option as a list', 400, 'malformed-request', () => form(file('t1'), field('grid[]', 't1'))],
  ['an option named __proto__', 400, 'malformed-request', () => form(file('t1'), field('__proto__[x]', 't1'))],
  ['an option with a value that it does not have', 400, 'malformed-request', () => form(file('t1'), field('include'))],
  ['a flip that is none', 400, 'malformed-request', () => post('?channel=t1&flip=mirror', OCTETS, 'scan')],
  ['an option with a long value', 400, 'malformed-multipart', () => form(file('t1'), field('grid', 'x'.repeat(5000)))],
  ['an option with a long name', 400, 'malformed-multipart', () => form(file('t1'), field('x'.repeat(300)))],
  ['a file for no channel', 400, 'unknown-channel', () => form(file('t1'), file('pet'))],
  ['a file for a path', 400, 'unknown-channel', () => form(file('../../t1'))],
  ['two files for a channel', 400, 'duplicate-channel', () => form(file('t1'), file('t1'))],
  ['an unknown model', 400, 'unknown-model', () => form(file('t1'), field('model', 'gpt'))],
  ['a grid that was not sent', 400, 'grid-channel-missing', () => form(file('t1'), field('grid', 'flair'))],
  ['a grid that is no channel', 400, 'grid-channel-missing', () => form(file('t1'), field('grid', 'pet'))],
  ['a file that is too large', 413, 'upload-too-large', () => form(file('t1', Buffer.alloc(MAX_BYTES + 1)))],
  ['a body that says it is too large', 413, 'upload-too-large', () => form(file('t1', Buffer.alloc(100_000)))],
  ['no boundary', 400, 'malformed-multipart', () => post('', 'multipart/form-data', multipart([file('t1')]))],
  [
    'another boundary',
    400,
    'malformed-multipart',
    () => post('', MULTIPART.replace('one', 'two'), multipart([file('t1')])),
  ],
  ['no end', 400, 'malformed-multipart', () => post('', MULTIPART, multipart([file('t1')], ''))],
  [
    'an end within a file',
    400,
    'malformed-multipart',
    () => post('', MULTIPART, multipart([file('t1')], '').subarray(0, -4)),
  ],
  ['an empty body as multipart', 400, 'malformed-multipart', () => post('', MULTIPART, '')],
  ['multipart with a query', 400, 'malformed-request', () => post('?channel=t1', MULTIPART, multipart([file('t1')]))],
  ['an empty raw body', 400, 'no-scan', () => post('?channel=t1', OCTETS, '')],
  ['a raw body for no channel', 400, 'malformed-request', () => post('', OCTETS, 'scan')],
  ['a raw body for an unknown channel', 400, 'unknown-channel', () => post('?channel=pet', OCTETS, 'scan')],
  ['a raw body for two channels', 400, 'malformed-request', () => post('?channel=t1&channel=flair', OCTETS, 'scan')],
  ['a raw body with an unknown option', 400, 'malformed-request', () => post('?channel=t1&fast=1', OCTETS, 'scan')],
  [
    'a raw body that is too large',
    413,
    'upload-too-large',
    () => post('?channel=t1', OCTETS, Buffer.alloc(MAX_BYTES + 1)),
  ],
  ['a raw body without a type', 415, 'unsupported-media-type', () => post('?channel=t1', undefined, 'scan')],
  ['a form', 415, 'unsupported-media-type', () => post('', 'application/x-www-form-urlencoded', 't1=scan')],
  ['JSON', 415, 'unsupported-media-type', () => post('', 'application/json', '{}')],
  ['a nonsense type', 415, 'unsupported-media-type', () => post('', 'nonsense', 'scan')],
  [
    'an answer we do not have',
    406,
    'not-acceptable',
    () => post('', MULTIPART, multipart([file('t1')]), { Accept: 'image/png' }),
  ],
]

for (const [what, status, code, send] of REFUSALS) {
  test(`${what}: ${status} ${code}, and nothing is left on the disk`, async () => {
    const answer = await send()
    assert.deepEqual([answer.status, answer.code], [status, code])
    await until(() => service.leftovers().length === 0)
  })
}

test('what a client wrote is not repeated to it, nor logged', async () => {
  const secret = 'Doe_Jane_1970'
  const parts = { ...file('t1'), filename: `${secret}.nii.gz` }
  const answers = [
    await form(parts),
    await form(parts, parts),
    await form({ ...parts, name: secret }),
    await form(parts, field(secret)),
    await form(parts, field('model', secret)),
    await form({ ...parts, value: Buffer.alloc(MAX_BYTES + 1) }),
    await post(`?channel=${secret}`, OCTETS, 'scan'),
    await post('', `text/${secret}`, 'scan'),
  ]
  assert.equal(answers[0]!.status, 200)
  const paths = [`/v1/models/${secret}`, `/v1/segmentations/${secret}`, `/${secret}`, `/?q=${secret}`]
  const texts = await Promise.all(paths.map(async (path) => (await fetch(service.base + path)).text()))
  assert.ok(
    !answers
      .map((a) => a.detail)
      .join()
      .concat(...texts)
      .includes(secret),
  )
  await until(() => service.logLines.filter((line) => line.includes('"route":"none"')).length > 0)
  assert.ok(service.logLines.length > 10)
  assert.ok(!service.logLines.join('').includes(secret))
})

/** Sends the head and a part of the body, then does what the test says with the socket. */
function startUpload(type: string, path: string, part: string | Uint8Array, { on = service, length = 4000 } = {}) {
  const socket = connect(on.port, '127.0.0.1')
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`
  socket.write(head)
  socket.write(part)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', () => {})
  return { socket, answer: () => answer }
}

const UPLOADS = [
  ['multipart', MULTIPART, '/v1/segmentations', multipart([file('t1', Buffer.alloc(3000))], '').subarray(0, -10)],
  ['raw', OCTETS, '/v1/segmentations?channel=t1', Buffer.alloc(3000)],
] as const

for (const [what, type, path, part] of UPLOADS) {
  test(`a ${what} upload that is broken off is cancelled, leaves no file and gives its place back`, async () => {
    const linesBefore = service.logLines.length
    const { socket } = startUpload(type, path, part)
    await until(() => service.leftovers().some((name) => name.endsWith('t1.upload')))
    socket.destroy()
    await until(() => service.leftovers().length === 0)
    await until(() => service.logLines.slice(linesBefore).some((line) => line.includes('"code":"cancelled"')))
    assert.deepEqual(await service.counts(), { queued: 0, running: 0, oldestQueuedS: 0 })
    assert.equal((await form(file('t1'))).status, 200)
  })

  test(`a ${what} upload that stalls is ended with 408 when its time is over, and leaves no file`, async (t) => {
    const hasty = await startTestService({ uploadTimeoutMs: 500 })
    t.after(() => hasty.close())
    const { socket, answer } = startUpload(type, path, part, { on: hasty })
    await until(() => answer().includes('"request-timeout"'))
    assert.match(answer(), /^HTTP\/1\.1 408 Request Timeout\r\n/)
    assert.match(answer(), /Content-Type: application\/problem\+json/)
    await until(() => hasty.leftovers().length === 0)
    socket.destroy()
  })
}

test('what is not HTTP gets a problem too', async () => {
  const socket = connect(service.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write('EHLO mail\r\n\r\n')
  await until(() => answer.includes('malformed-request'))
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request/)
})

test('a client that asks before it sends is refused before it sends', async () => {
  const expectTo = (length: number) =>
    new Promise<string>((resolve, reject) => {
      const req = httpRequest(`${service.base}/v1/segmentations?channel=t1`, {
        method: 'POST',
        headers: { 'Content-Type': OCTETS, 'Content-Length': length, Expect: '100-continue' },
      })
      req.on('error', reject)
      req.on('continue', () => req.end(Buffer.alloc(length)))
      req.on('response', (res) => resolve(`${req.writableEnded ? 'sent' : 'not sent'} ${res.resume().statusCode}`))
      req.flushHeaders()
    })
  assert.equal(await expectTo(MAX_BYTES), 'sent 200')
  assert.equal(await expectTo(MAX_BYTES + 1), 'not sent 413')
})

test('a client that goes away while it waits cancels its job, one that was answered 202 does not', async () => {
  service.segment = hang
  const gone = new AbortController()
  const waiting = fetch(`${service.base}/v1/segmentations`, {
    method: 'POST',
    headers: { 'Content-Type': MULTIPART },
    body: multipart([file('t1')]),
    signal: gone.signal,
  })
  waiting.catch(() => {})
  await until(async () => (await service.counts()).running === 1)
  gone.abort()
  await until(async () => (await service.counts()).running === 0)
  await until(() => service.leftovers().length === 0)

  assert.equal(
    (await post('', MULTIPART, multipart([file('t1')]), { Prefer: 'respond-async', Connection: 'close' })).status,
    202,
  )
  // Its answer is over and its connection closed; what follows would come after a cancellation.
  await until(() => service.logLines.some((line) => line.includes('"status":"202"')))
  assert.equal((await fetch(`${service.base}/livez`)).status, 200)
  const { queued, running } = await service.counts()
  assert.deepEqual([queued, running], [0, 1])
  await service.store.requestCancel(service.leftovers().find((name) => !name.includes('/'))!)
  await until(async () => (await service.counts()).running === 0)
})

test('uploads take places: two that stall fill a queue of two', async () => {
  const stalled = [0, 1].map(() => startUpload(OCTETS, '/v1/segmentations?channel=t1', 'x'))
  await until(() => service.leftovers().filter((name) => name.endsWith('.upload')).length === 2)
  const full = await form(file('t1'))
  assert.deepEqual([full.status, full.code], [503, 'queue-full'])
  for (const { socket } of stalled) socket.destroy()
  await until(() => service.leftovers().length === 0)
})

/**
 * Too much at a time, as a caller sees it over HTTP: which bound it met, whether and when to come back, and that it was told
 * before it sent the scan wherever that can be known by then.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, test } from 'node:test'
import type { Config } from '../src/config.ts'
import type { OwnerLimits } from '../src/security/identity.ts'
import { type GuardedService, startGuardedService } from './fixtures/guarded.ts'
import { hang, until } from './fixtures/service.ts'

const FORM_PATH = '/v1/segmentations'
const PATH = `${FORM_PATH}?channel=t1`
const OCTETS = 'application/octet-stream'

let service: GuardedService
afterEach(() => service.close())

/** Every job runs for ever, so that what was taken stays. */
async function start(settings: Partial<Config> = {}): Promise<void> {
  service = await startGuardedService(settings)
  service.inner.segment = hang
}

const keyWith = (id: string, limits?: OwnerLimits) => service.addKey(id, ['submit'], undefined, limits)

interface Refusal {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | undefined
  /** Whether the caller was asked for the body. */
  readonly sent: boolean
}

/** As curl sends what is large: it asks first. Without a length it cannot be known what will come. */
async function post(key: string, bytes: number, { isChunked = false, type = OCTETS } = {}): Promise<Refusal> {
  const length: Record<string, string> = isChunked
    ? { 'Transfer-Encoding': 'chunked' }
    : { 'Content-Length': `${bytes}` }
  const req = request(service.inner.base + (type === OCTETS ? PATH : FORM_PATH), {
    method: 'POST',
    headers: {
      'Content-Type': type,
      Authorization: `Bearer ${key}`,
      Prefer: 'respond-async',
      Expect: '100-continue',
      Connection: 'close',
      ...length,
    },
  })
  let sent = false
  req.on('continue', () => {
    sent = true
    req.end(Buffer.alloc(bytes))
  })
  req.flushHeaders()
  const [response] = await once(req, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  const { code } = JSON.parse(text) as { code?: string }
  return { status: response.statusCode, code, retryAfter: response.headers['retry-after'], sent }
}

/** An upload that says how much will come, and stops after its first bytes. @returns how to break it off */
async function stall(key: string, bytes: number): Promise<() => void> {
  const before = service.inner.leftovers().length
  const socket = connect(service.port, '127.0.0.1')
  socket.on('error', () => {})
  const head = [`POST ${PATH} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`, `Content-Type: ${OCTETS}`]
  socket.write(`${[...head, `Content-Length: ${bytes}`, '', ''].join('\r\n')}first`)
  await until(() => service.inner.leftovers().length >= before + 2)
  return () => void socket.destroy()
}

const taken = { status: 202, code: undefined, retryAfter: '2', sent: true }
const refused = (status: number, code: string, sent = false) => ({ status, code, retryAfter: '5', sent })

async function taking(): Promise<void> {
  await until(async () => (await service.inner.counts()).running === 1)
}

test('a full queue: 503 with Retry-After, before the scan is sent', async () => {
  await start({ queueLength: 1 })
  const key = await keyWith('a')
  assert.deepEqual(await post(key, 10), taken)
  await taking()
  assert.deepEqual(await post(key, 10), taken)
  assert.deepEqual(await post(key, 10), refused(503, 'queue-full'))
  assert.equal((await service.inner.counts()).queued, 1)
})

test('uploads under way fill the queue as well: 503 with Retry-After, until one is broken off', async () => {
  await start({ queueLength: 1 })
  const key = await keyWith('a')
  const breakOff = await stall(key, 100)
  assert.deepEqual(await post(key, 10), refused(503, 'queue-full'))
  breakOff()
  await until(() => service.inner.leftovers().length === 0)
  assert.deepEqual(await post(key, 10), taken)
})

test("a key's jobs, in its line of the file: 429 with Retry-After before the scan is sent; another key is not held up", async () => {
  await start()
  const [held, free] = [await keyWith('held', { jobs: 1 }), await keyWith('free')]
  assert.deepEqual(await post(held, 10), taken)
  assert.deepEqual(await post(held, 10), refused(429, 'too-many-jobs'))
  assert.deepEqual(await post(free, 10), taken)
})

test("a key's bytes: 429 with Retry-After before the scan is sent; what fits is taken", async () => {
  await start()
  const key = await keyWith('a', { bytes: 1000 })
  assert.deepEqual(await post(key, 600), taken)
  assert.deepEqual(await post(key, 401), refused(429, 'too-many-jobs'))
  assert.deepEqual(await post(key, 400), taken)
})

test("bytes that are declared by a key's uploads under way count: 429 before the scan is sent", async () => {
  await start()
  const key = await keyWith('a', { bytes: 1000 })
  const breakOff = await stall(key, 600)
  assert.deepEqual(await post(key, 401), refused(429, 'too-many-jobs'))
  assert.deepEqual(await post(key, 400), taken)
  breakOff()
})

test('bytes of an upload without a length are known when it has come: 429 with Retry-After then, and nothing is left of it', async () => {
  await start()
  const key = await keyWith('a', { bytes: 1000 })
  assert.deepEqual(await post(key, 600), taken)
  const files = service.inner.leftovers()
  assert.deepEqual(await post(key, 401, { isChunked: true }), refused(429, 'too-many-jobs', true))
  await until(() => service.inner.leftovers().length === files.length)
  assert.deepEqual(service.inner.leftovers(), files)
})

test('a scan that a key may never send: 413 before it is sent, and no Retry-After, for waiting would not help', async () => {
  await start()
  const key = await keyWith('a', { bytes: 1000 })
  assert.deepEqual(await post(key, 1001), { status: 413, code: 'upload-too-large', retryAfter: undefined, sent: false })
})

test('the frame of a form is not taken for a scan: 64 KiB of its length are not counted before it has come', async () => {
  await start()
  const key = await keyWith('a', { bytes: 1000 })
  const type = 'multipart/form-data; boundary=b'
  const fits = await post(key, 65_536 + 1000, { type })
  assert.deepEqual([fits.status, fits.code, fits.sent], [400, 'malformed-multipart', true])
  assert.equal((await post(key, 65_536 + 1001, { type })).status, 413)
})

test('less room on the disk than the watermark: 507 before the scan is sent, and not ready for the same reason', async () => {
  await start({ minFreeBytes: 2 ** 50 })
  const answer = await post(await keyWith('a'), 10)
  assert.deepEqual([answer.status, answer.code, answer.sent], [507, 'disk-full', false])
  assert.deepEqual(service.inner.leftovers(), [])
  const ready = await fetch(`${service.inner.base}/readyz`)
  assert.equal(ready.status, 503)
  assert.match(((await ready.json()) as { reasons: string[] }).reasons.join(), /^[\d.]+ [KMGTP]iB are free on the disk/)
})

test('no computation is possible: 503 with Retry-After, before the scan is sent', async () => {
  await start()
  service.inner.compute = { state: 'failed', reason: 'the golden case' }
  assert.deepEqual(await post(await keyWith('a'), 10), refused(503, 'not-ready'))
})

test('a caller without a key is told so before the scan is sent', async () => {
  await start()
  const { status, code, sent } = await post(`ol_first_${'a'.repeat(43)}`, 10)
  assert.deepEqual([status, code, sent], [401, 'unauthenticated', false])
})

test('what is refused for want of room is counted by its reason', async () => {
  await start({ queueLength: 1 })
  const key = await keyWith('a', { jobs: 2 })
  await post(key, 10)
  await taking()
  await post(key, 10)
  await post(key, 10) // both bounds are met: the queue's is told, and first
  const metricsKey = await service.addKey('metrics', ['metrics'])
  const headers = { Authorization: `Bearer ${metricsKey}` }
  const metrics = await (await fetch(`${service.inner.base}/metrics`, { headers })).text()
  const rejected = metrics.split('\n').filter((line) => /outcome="rejected".* [1-9]/.test(line))
  assert.deepEqual(rejected, ['onelabel_jobs_total{outcome="rejected",reason="queue-full"} 1'])
})

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { refusalOf } from '../../test/fixtures/delivery.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { startReceiver, type WebhookReceiver } from '../../test/fixtures/webhook-receiver.ts'
import { readWebhookPolicy, type WebhookPolicy } from '../security/webhook-policy.ts'
import { sendWebhook, type World } from './webhook.ts'

const NOW_MS = Date.parse('2026-11-29T12:00:00.400Z')
const message = { id: 'job-1:webhook', body: '{"state":"succeeded"}', keys: [Buffer.alloc(32, 1)] }
const PATH = '/h?token=hunter2'

function policyOf(webhookUrl: string | null, callbackHosts: string | null = null): WebhookPolicy {
  const read = readWebhookPolicy({ webhookUrl, callbackHosts })
  assert.ok(read.ok)
  return read.value
}
const world = (more: Partial<World> = {}): World => ({
  signal: new AbortController().signal,
  nowMs: () => NOW_MS,
  ...more,
})
const send = (url: string, more?: Partial<World>, policy = policyOf(url)) =>
  sendWebhook({ ...message, url }, policy, world(more))

async function receiver(t: TestContext, ...options: Parameters<typeof startReceiver>): Promise<WebhookReceiver> {
  const started = await startReceiver(...options)
  t.after(() => started.close())
  return started
}
const answering = (status: number, headers: Record<string, string> = {}) => ({
  answer: (res: ServerResponse) => void res.writeHead(status, headers).end('why not'),
})

test('what arrives is the body, signed over id, time and body as openssl signs it', async (t) => {
  const { origin, received } = await receiver(t)
  assert.deepEqual(await send(origin + PATH), { status: 204 })
  const [{ method, path, headers, body } = assert.fail()] = received
  assert.deepEqual([method, path, body, received.length], ['POST', PATH, message.body, 1])
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['user-agent'], 'onelabel')
  assert.equal(headers['webhook-id'], 'job-1:webhook')
  assert.equal(headers['webhook-timestamp'], `${Date.parse('2026-11-29T12:00:00Z') / 1000}`)
  const hmac = ['-mac', 'HMAC', '-macopt', `hexkey:${'01'.repeat(32)}`]
  const input = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const right = execFileSync('openssl', ['dgst', '-sha256', ...hmac, '-binary'], { input }).toString('base64')
  assert.equal(headers['webhook-signature'], `v1,${right}`)
})

test('every 2xx is an arrival', async (t) => {
  for (const status of [200, 201, 202, 204]) {
    const { origin } = await receiver(t, answering(status))
    assert.deepEqual(await send(origin), { status })
  }
})

for (const status of [408, 425, 429, 500, 502, 503, 504]) {
  test(`${status} is tried again`, async (t) => {
    const { origin } = await receiver(t, answering(status))
    const { again, message, leastMs } = await refusalOf(send(origin + PATH))
    assert.deepEqual([again, message, leastMs], ['later', `${origin} answered ${status}`, 0])
  })
}

for (const status of [400, 401, 403, 404, 410, 422]) {
  test(`${status} is not tried again`, async (t) => {
    const { origin } = await receiver(t, answering(status))
    const { again, message } = await refusalOf(send(origin + PATH))
    assert.deepEqual([again, message], ['never', `${origin} answered ${status}`])
  })
}

const RETRY_AFTER: readonly [header: string, leastMs: number][] = [
  ['120', 120_000],
  ['Sun, 29 Nov 2026 12:01:00 GMT', 59_600],
  ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
  ['86400', 3_600_000],
  ['Mon, 29 Nov 2027 12:00:00 GMT', 3_600_000],
  ['soon', 0],
  ['-5', 0],
]
test('Retry-After is kept to, in seconds or as a date, for an hour at most', async (t) => {
  for (const [header, leastMs] of RETRY_AFTER) {
    const { origin } = await receiver(t, answering(429, { 'Retry-After': header }))
    assert.equal((await refusalOf(send(origin))).leastMs, leastMs, header)
  }
})

test('a receiver that is down, or hangs up without an answer, or answers no HTTP, is tried again', async (t) => {
  const port = await freePort()
  const down = await refusalOf(send(`http://127.0.0.1:${port}${PATH}`))
  assert.deepEqual([down.again, down.message], ['later', `http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`])
  const hangsUp = await receiver(t, { answer: (_res, req) => void req.socket.destroy() })
  assert.equal((await refusalOf(send(hangsUp.origin))).message, `${hangsUp.origin} cannot be reached (ECONNRESET)`)
  const garbage = await receiver(t, { answer: (_res, req) => void req.socket.end('SSH-2.0-OpenSSH\r\n\r\n') })
  assert.equal((await refusalOf(send(garbage.origin))).again, 'later')
  const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
  const switches = await receiver(t, { answer: (_res, req) => void req.socket.end(upgrade) })
  assert.equal((await refusalOf(send(switches.origin))).again, 'later')
})

test('a name that cannot be looked up is tried again', async () => {
  const resolve = async () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))
  const { again, message } = await refusalOf(send(`http://ris.example${PATH}`, { resolve }))
  assert.deepEqual([again, message], ['later', 'http://ris.example cannot be reached (ENOTFOUND)'])
})

test('a receiver that takes the request and never answers is left when the limit is over, and tried again', async (t) => {
  const limit = new AbortController()
  const left = Promise.withResolvers<void>()
  const { origin } = await receiver(t, {
    answer: (_res, req) => {
      req.socket.once('close', () => left.resolve())
      limit.abort()
    },
  })
  const { again, message } = await refusalOf(send(origin + PATH, { limit: () => limit.signal }))
  assert.deepEqual([again, message], ['later', `${origin} did not answer within 10 s`])
  await left.promise
})

test('the limit holds for a name server that does not answer, too', async () => {
  const limit = new AbortController()
  const resolve = () => {
    setImmediate(() => limit.abort())
    return new Promise<never>(() => {})
  }
  const { again } = await refusalOf(send('http://ris.example', { resolve, limit: () => limit.signal }))
  assert.equal(again, 'later')
})

test('a stop of the sender is no failed try: it ends with the reason of the stop', async (t) => {
  const stop = new AbortController()
  const reason = new Error('draining')
  const { origin } = await receiver(t, { answer: () => stop.abort(reason) })
  await assert.rejects(send(origin, { signal: stop.signal }), reason)
  await assert.rejects(send(origin, { signal: stop.signal }), reason)
})

test('an answer without end is cut, and its status counts', async (t) => {
  const cut = Promise.withResolvers<boolean>()
  const { origin } = await receiver(t, {
    answer(res) {
      res.once('close', () => cut.resolve(res.writableFinished))
      const more = () => void (res.destroyed || res.write(Buffer.alloc(4096), more))
      res.writeHead(200)
      more()
    },
  })
  assert.deepEqual(await send(origin, { limit: () => new AbortController().signal }), { status: 200 })
  assert.equal(await cut.promise, false)
})

test('an answer whose body never ends is left when the limit is over, and its status counts', async (t) => {
  const limit = new AbortController()
  const { origin } = await receiver(t, { answer: (res) => void res.writeHead(200).write('{') })
  const seen = () => void setImmediate(() => limit.abort()) // once the sender has seen the status
  subscribe('http.client.response.finish', seen)
  t.after(() => unsubscribe('http.client.response.finish', seen))
  assert.deepEqual(await send(origin, { limit: () => limit.signal }), { status: 200 })
  assert.ok(limit.signal.aborted)
})

test('a redirect is not followed, wherever it leads, and not tried again', async (t) => {
  const target = await receiver(t)
  for (const status of [301, 302, 303, 307, 308]) {
    const { origin } = await receiver(t, answering(status, { Location: `${target.origin}/hunter2` }))
    const { again, message } = await refusalOf(send(origin + PATH))
    assert.deepEqual([again, message], ['never', `${origin} answered ${status}, and redirects are not followed`])
  }
  assert.equal(target.received.length, 0)
})

test('what is not allowed any more is not sent, and not tried again', async (t) => {
  const { origin, received } = await receiver(t)
  const { again } = await refusalOf(send(origin + PATH, {}, policyOf(null, 'hooks.example.org')))
  assert.deepEqual([again, received.length], ['never', 0])
})

test('an id that cannot be sent is a bug, not a receiver that is away', async () => {
  const sent = sendWebhook(
    { ...message, id: 'a\nb', url: 'http://127.0.0.1:9' },
    policyOf('http://127.0.0.1:9'),
    world(),
  )
  await assert.rejects(sent, TypeError)
})

test('a receiver in the environment as a proxy is not asked', async (t) => {
  const proxy = await receiver(t)
  const { origin, received } = await receiver(t)
  const script = `
    const { sendWebhook } = await import(${JSON.stringify(new URL('./webhook.ts', import.meta.url).href)})
    const url = ${JSON.stringify(origin)}
    const webhook = { url, id: 'a', body: '{}', keys: [Buffer.alloc(24)] }
    await sendWebhook(webhook, { own: new URL(url), callbackHosts: null }, { signal: new AbortController().signal, nowMs: Date.now })`
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.origin, http_proxy: proxy.origin }
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env, stdio: 'inherit' })
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.deepEqual([proxy.received.length, received.length], [0, 1])
})

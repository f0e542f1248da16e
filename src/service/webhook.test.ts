import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { MESSAGE, refusalOf, sendMessage, webhookPolicy } from '../../test/fixtures/delivery.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { startReceiver } from '../../test/fixtures/webhook-receiver.ts'
import { sendWebhook } from './webhook.ts'

const PATH = '/h?token=hunter2'

test('what arrives is the body, signed over id, time and body as openssl signs it', async (t) => {
  const { origin, received } = await startReceiver(t)
  assert.deepEqual(await sendMessage(origin + PATH), { status: 204 })
  const [{ method, path, headers, body } = assert.fail()] = received
  assert.deepEqual([method, path, body, received.length], ['POST', PATH, MESSAGE.body, 1])
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['user-agent'], 'onelabel')
  assert.equal(headers['webhook-id'], 'job-1:webhook')
  assert.equal(headers['webhook-timestamp'], `${Date.parse('2026-11-29T12:00:00Z') / 1000}`)
  const hmac = ['-mac', 'HMAC', '-macopt', `hexkey:${'01'.repeat(32)}`]
  const input = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const right = execFileSync('openssl', ['dgst', '-sha256', ...hmac, '-binary'], { input }).toString('base64')
  assert.equal(headers['webhook-signature'], `v1,${right}`)
})

test('a receiver that is down, or hangs up without an answer, or answers no HTTP, is tried again', async (t) => {
  const port = await freePort()
  const down = await refusalOf(sendMessage(`http://127.0.0.1:${port}${PATH}`))
  assert.deepEqual([down.again, down.message], ['later', `http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`])
  const hangsUp = await startReceiver(t, { answer: (_res, req) => void req.socket.destroy() })
  assert.equal(
    (await refusalOf(sendMessage(hangsUp.origin))).message,
    `${hangsUp.origin} cannot be reached (ECONNRESET)`,
  )
  const garbage = await startReceiver(t, { answer: (_res, req) => void req.socket.end('SSH-2.0-OpenSSH\r\n\r\n') })
  assert.equal((await refusalOf(sendMessage(garbage.origin))).again, 'later')
  const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
  const switches = await startReceiver(t, { answer: (_res, req) => void req.socket.end(upgrade) })
  assert.equal((await refusalOf(sendMessage(switches.origin))).again, 'later')
})

test('a name that cannot be looked up is tried again', async () => {
  const resolve = async () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))
  const { again, message } = await refusalOf(sendMessage(`http://ris.example${PATH}`, { resolve }))
  assert.deepEqual([again, message], ['later', 'http://ris.example cannot be reached (ENOTFOUND)'])
})

test('a receiver that takes the request and never answers is left when the limit is over, and tried again', async (t) => {
  const limit = new AbortController()
  const left = Promise.withResolvers<void>()
  const { origin } = await startReceiver(t, {
    answer: (_res, req) => {
      req.socket.once('close', () => left.resolve())
      limit.abort()
    },
  })
  const { again, message } = await refusalOf(sendMessage(origin + PATH, { limit: () => limit.signal }))
  assert.deepEqual([again, message], ['later', `${origin} did not answer within 10 s`])
  await left.promise
})

test('the limit holds for a name server that does not answer, too', async () => {
  const limit = new AbortController()
  const resolve = () => {
    setImmediate(() => limit.abort())
    return new Promise<never>(() => {})
  }
  const { again } = await refusalOf(sendMessage('http://ris.example', { resolve, limit: () => limit.signal }))
  assert.equal(again, 'later')
})

test('a stop of the sender is no failed try: it ends with the reason of the stop', async (t) => {
  const stop = new AbortController()
  const reason = new Error('draining')
  const { origin } = await startReceiver(t, { answer: () => stop.abort(reason) })
  await assert.rejects(sendMessage(origin, { signal: stop.signal }), reason)
  await assert.rejects(sendMessage(origin, { signal: stop.signal }), reason)
})

test('what is not allowed any more is not sent, and not tried again', async (t) => {
  const { origin, received } = await startReceiver(t)
  const { again } = await refusalOf(sendMessage(origin + PATH, {}, webhookPolicy(null, 'hooks.example.org')))
  assert.deepEqual([again, received.length], ['never', 0])
})

test('an id that cannot be sent is a bug, not a receiver that is away', async () => {
  const url = 'http://127.0.0.1:9'
  const world = { signal: new AbortController().signal, nowMs: Date.now }
  await assert.rejects(sendWebhook({ ...MESSAGE, id: 'a\nb', url }, webhookPolicy(url), world), TypeError)
})

test('a receiver in the environment as a proxy is not asked', async (t) => {
  const proxy = await startReceiver(t)
  const { origin, received } = await startReceiver(t)
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

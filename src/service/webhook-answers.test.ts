/** What becomes of each answer of a receiver. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { refusalOf, sendMessage } from '../../test/fixtures/delivery.ts'
import { startReceiver } from '../../test/fixtures/webhook-receiver.ts'

const PATH = '/h?token=hunter2'
const answering = (status: number, headers: Record<string, string> = {}) => ({
  answer: (res: ServerResponse) => void res.writeHead(status, headers).end('why not'),
})

test('every 2xx is an arrival', async (t) => {
  for (const status of [200, 201, 202, 204]) {
    const { origin } = await startReceiver(t, answering(status))
    assert.deepEqual(await sendMessage(origin), { status })
  }
})

for (const status of [408, 425, 429, 500, 502, 503, 504]) {
  test(`${status} is tried again`, async (t) => {
    const { origin } = await startReceiver(t, answering(status))
    const { again, message, leastMs } = await refusalOf(sendMessage(origin + PATH))
    assert.deepEqual([again, message, leastMs], ['later', `${origin} answered ${status}`, 0])
  })
}

for (const status of [400, 401, 403, 404, 410, 422]) {
  test(`${status} is not tried again`, async (t) => {
    const { origin } = await startReceiver(t, answering(status))
    const { again, message } = await refusalOf(sendMessage(origin + PATH))
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
    const { origin } = await startReceiver(t, answering(429, { 'Retry-After': header }))
    assert.equal((await refusalOf(sendMessage(origin))).leastMs, leastMs, header)
  }
})

test('a redirect is not followed, wherever it leads, and not tried again', async (t) => {
  const target = await startReceiver(t)
  for (const status of [301, 302, 303, 307, 308]) {
    const { origin } = await startReceiver(t, answering(status, { Location: `${target.origin}/hunter2` }))
    const { again, message } = await refusalOf(sendMessage(origin + PATH))
    assert.deepEqual([again, message], ['never', `${origin} answered ${status}, and redirects are not followed`])
  }
  assert.equal(target.received.length, 0)
})

test('an answer without end is cut, and its status counts', async (t) => {
  const cut = Promise.withResolvers<boolean>()
  const { origin } = await startReceiver(t, {
    answer(res) {
      res.once('close', () => cut.resolve(res.writableFinished))
      const more = () => void (res.destroyed || res.write(Buffer.alloc(4096), more))
      res.writeHead(200)
      more()
    },
  })
  assert.deepEqual(await sendMessage(origin, { limit: () => new AbortController().signal }), { status: 200 })
  assert.equal(await cut.promise, false)
})

test('an answer whose body never ends is left when the limit is over, and its status counts', async (t) => {
  const limit = new AbortController()
  const { origin } = await startReceiver(t, { answer: (res) => void res.writeHead(200).write('{') })
  const seen = () => void setImmediate(() => limit.abort()) // once the sender has seen the status
  subscribe('http.client.response.finish', seen)
  t.after(() => unsubscribe('http.client.response.finish', seen))
  assert.deepEqual(await sendMessage(origin, { limit: () => limit.signal }), { status: 200 })
  assert.ok(limit.signal.aborted)
})

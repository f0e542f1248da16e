import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webhookHeaders } from './webhook-headers.ts'

/** The key of the tests of the Standard Webhooks libraries. */
const KEY = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', keys: [KEY] }
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

test('the published example of Standard Webhooks has the published signature', () => {
  const headers = webhookHeaders(message, 1_614_265_330_999)
  assert.equal(headers['Webhook-Timestamp'], '1614265330')
  assert.equal(headers['Webhook-Signature'], SIGNATURE)
})

test('each key signs, the first one first', () => {
  const both = webhookHeaders({ ...message, keys: [Buffer.alloc(24), KEY] }, 1_614_265_330_000)['Webhook-Signature']
  assert.match(both ?? '', /^v1,\S{44} v1,/)
  assert.ok(both?.endsWith(` ${SIGNATURE}`))
})

test('the length is of bytes, not of characters', () => {
  assert.equal(webhookHeaders({ ...message, body: '"é"' }, 0)['Content-Length'], '4')
})

/** Callbacks: https to a name, whose addresses the test says and which is a real receiver on loopback. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { makeCertificate, noOpenssl } from '../../test/fixtures/certificate.ts'
import { refusalOf, sendMessage, webhookPolicy } from '../../test/fixtures/delivery.ts'
import { startReceiver } from '../../test/fixtures/webhook-receiver.ts'
import type { World } from './webhook.ts'

const skip = noOpenssl
const folder = mkdtempSync(join(tmpdir(), 'onelabel-callback-'))
after(() => rmSync(folder, { recursive: true }))

function certificate(name: string): { cert: Buffer; key: Buffer } {
  const { cert, key } = makeCertificate(folder, name)
  return { cert: readFileSync(cert), key: readFileSync(key) }
}
const tls = skip === false ? certificate('right') : undefined

const receiver = (t: TestContext, options: Parameters<typeof startReceiver>[1] = {}) =>
  startReceiver(t, { ...(tls && { tls }), ...options })

/** A resolver that answers the next list each time it is asked, and the last one from then on. */
function resolver(...answers: readonly (readonly string[])[]) {
  const asked: string[] = []
  const resolve: World['resolve'] = async (host) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)]!
    asked.push(host)
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return { asked, resolve }
}

function send(url: string, hosts: string, more: Partial<World> = {}) {
  return sendMessage(url, { ...(tls && { ca: tls.cert }), ...more }, webhookPolicy(null, hosts))
}

const HOSTS = 'hooks.example.org, 127.0.0.1'

test('a callback goes by https to the name, at the address that was looked up', { skip }, async (t) => {
  const { port, received } = await receiver(t)
  const { asked, resolve } = resolver(['127.0.0.1'])
  const sent = await send(`https://hooks.example.org:${port}/h`, HOSTS, { resolve })
  assert.deepEqual([sent, asked], [{ status: 204 }, ['hooks.example.org']])
  assert.deepEqual([received[0]?.headers.host, received[0]?.path], [`hooks.example.org:${port}`, '/h'])
})

test('a name that leads to a private address which the list has not is refused for good, unasked', {
  skip,
}, async (t) => {
  const { port, received } = await receiver(t)
  const private_ = [['127.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1'], ['64:ff9b::127.0.0.1']]
  for (const addresses of [...private_, ['1.1.1.1', '127.0.0.1']]) {
    const sent = send(`https://hooks.example.org:${port}/hunter2`, 'hooks.example.org', resolver(addresses))
    const { again, message } = await refusalOf(sent)
    assert.equal(again, 'never')
    assert.match(message, /^https:\/\/hooks\.example\.org:\d+ is [0-9a-f.:]+, which is private: (?!.*hunter2)/)
  }
  assert.equal(received.length, 0)
})

test('an address written into the URL is checked as well', { skip }, async (t) => {
  const { port, received } = await receiver(t)
  for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]']) {
    assert.equal((await refusalOf(send(`https://${host}:${port}`, 'hooks.example.org'))).again, 'never')
  }
  assert.deepEqual(await send(`https://127.0.0.1:${port}`, '127.0.0.0/8'), { status: 204 })
  assert.equal(received.length, 1)
})

test('a name whose next look-up would lead elsewhere is called where the one look-up led', { skip }, async (t) => {
  const first = await receiver(t)
  const second = await receiver(t, { host: '127.0.0.2', port: first.port })
  const { asked, resolve } = resolver(['127.0.0.1'], ['127.0.0.2'])
  await send(`https://hooks.example.org:${first.port}`, HOSTS, { resolve })
  assert.deepEqual([asked.length, first.received.length, second.received.length], [1, 1, 0])
})

test('a second address that is allowed is called when the first is down', { skip }, async (t) => {
  const { port } = await receiver(t)
  const { resolve } = resolver(['127.0.0.3', '127.0.0.1'])
  const sent = await send(`https://hooks.example.org:${port}`, 'hooks.example.org, 127.0.0.0/8', { resolve })
  assert.deepEqual(sent, { status: 204 })
})

test('a certificate that is not trusted, or of another name, is never sent to, and tried again', {
  skip,
}, async (t) => {
  const { port, received } = await receiver(t)
  const { resolve } = resolver(['127.0.0.1'])
  const ca = certificate('other').cert
  const untrusted = await refusalOf(send(`https://hooks.example.org:${port}`, HOSTS, { resolve, ca }))
  const origin = `https://hooks.example.org:${port}`
  assert.deepEqual(
    [untrusted.again, untrusted.message],
    ['later', `${origin} cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)`],
  )
  const misnamed = await refusalOf(send(`https://other.example.org:${port}`, '*.example.org, 127.0.0.1', { resolve }))
  assert.match(misnamed.message, /\(ERR_TLS_CERT_ALTNAME_INVALID\)$/)
  assert.equal(received.length, 0)
})

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not make certificates go unchecked', { skip }, async (t) => {
  const { port, received } = await receiver(t)
  const ca = certificate('third').cert
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
  const { again } = await refusalOf(send(`https://127.0.0.1:${port}`, '127.0.0.1', { ca }))
  assert.deepEqual([again, received.length], ['later', 0])
})

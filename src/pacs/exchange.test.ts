/** Real servers on loopback that answer, hang, break off, or are not there. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, type TestContext, test } from 'node:test'
import { makeCertificate, noOpenssl } from '../../test/fixtures/certificate.ts'
import { freePort } from '../../test/fixtures/free-port.ts'
import { startReceiver } from '../../test/fixtures/webhook-receiver.ts'
import { type DeliveryCode, PacsError } from './delivery-code.ts'
import { type Ask, ask, textOf } from './exchange.ts'
import { openPeer, type Peer } from './peer.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-exchange-'))
after(() => rmSync(folder, { recursive: true }))
const never = new AbortController().signal
const SHORT_MS = 100

async function peerOf(t: TestContext, url: string, more: object = {}, environment = {}): Promise<Peer> {
  const peer = await openPeer({ kind: 'stow', verify: 'qido', name: 'there', url: new URL(url), ...more }, environment)
  t.after(peer.close)
  return peer
}
const text = async (peer: Peer, question: Partial<Ask> = {}) =>
  textOf(peer, await ask(peer, { path: 'x', signal: never, ...question }))
const pacsError = (code: DeliveryCode) => (error: unknown) => {
  assert.ok(error instanceof PacsError, String(error))
  assert.equal(error.code, code)
  return true
}
const long = () => Readable.from([Buffer.alloc(1000), Buffer.alloc(1000)])

test('a body is streamed, below the URL of the peer, as whom the peer knows us', async (t) => {
  const server = await startReceiver(t, { answer: (res) => void res.end('grüß') })
  writeFileSync(join(folder, 'password'), 'secret\n')
  const given = { username: 'ann', passwordFile: join(folder, 'password') }
  const peer = await peerOf(t, `${server.origin}/dicom-web/`, given)
  assert.equal(await text(peer, { method: 'POST', body: long() }), 'grüß')
  const [{ path, headers, body }] = server.received as [(typeof server.received)[number]]
  assert.deepEqual([path, body.length], ['/dicom-web/x', 2000])
  assert.equal(headers.authorization, `Basic ${Buffer.from('ann:secret').toString('base64')}`)
  const bearer = await peerOf(t, `${server.origin}/`, { tokenEnv: 'TOKEN' }, { TOKEN: 'abc' })
  await text(bearer)
  assert.equal(server.received[1]?.headers.authorization, 'Bearer abc')
})

test('nothing is sent without the credentials that are to be sent', async (t) => {
  const server = await startReceiver(t)
  const peer = await peerOf(t, `${server.origin}/`, { tokenEnv: 'TOKEN' })
  await assert.rejects(text(peer), pacsError('no-credentials'))
  assert.equal(server.received.length, 0)
})

test('one that is not there, hangs or breaks off has a code that says whether it can have happened', async (t) => {
  const gone = await peerOf(t, `http://127.0.0.1:${await freePort()}/`)
  await assert.rejects(text(gone), pacsError('unreachable'))
  const answers: ((res: ServerResponse) => void)[] = [
    () => {},
    (res) => res.destroy(),
    (res) => res.writeHead(200, { 'Content-Length': '10' }).write('12345', () => res.destroy()),
  ]
  const server = await startReceiver(t, { answer: (res) => answers.shift()?.(res) })
  const peer = await peerOf(t, `${server.origin}/`)
  const post = { method: 'POST', body: 'x' } as const
  await assert.rejects(text(peer, { ...post, silenceMs: SHORT_MS }), pacsError('timed-out'))
  await assert.rejects(text(peer, post), pacsError('broken-off'))
  await assert.rejects(text(peer, post), pacsError('broken-off'))
})

test('an answer that comes before the body was sent is the answer', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => void server.close())
  const peer = await peerOf(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const body = Readable.from(Array.from({ length: 500 }, () => Buffer.alloc(100_000)))
  const { status } = await ask(peer, { method: 'POST', path: '', body, signal: never })
  assert.equal(status, 401)
})

test('an answer that falls silent half way is given up', async (t) => {
  const server = await startReceiver(t, { answer: (res) => void res.writeHead(200).write('half') })
  const peer = await peerOf(t, `${server.origin}/`)
  await assert.rejects(text(peer, { silenceMs: SHORT_MS }), pacsError('broken-off'))
})

test('an answer that is too long is not read to its end', async (t) => {
  const server = await startReceiver(t, { answer: (res) => void res.end('x'.repeat(2000)) })
  const peer = await peerOf(t, `${server.origin}/`)
  await assert.rejects(textOf(peer, await ask(peer, { path: '', signal: never }), 1999), pacsError('too-large'))
})

test('whoever stops a request has its own reason back', async (t) => {
  const server = await startReceiver(t, { answer: () => stop.abort(new Error('stopped')) })
  const stop = new AbortController()
  const peer = await peerOf(t, `${server.origin}/`)
  await assert.rejects(text(peer, { signal: stop.signal }), /^Error: stopped$/)
})

test('a question is asked again where a kept connection was closed meanwhile', async (t) => {
  const server = await startReceiver(t, {
    answer: (res) => {
      if (server.received.length === 2) res.destroy()
      else res.end('yes')
    },
  })
  const peer = await peerOf(t, `${server.origin}/`)
  assert.equal(await text(peer), 'yes')
  assert.equal(await text(peer), 'yes')
  assert.equal(server.received.length, 3)
})

test('a connection that is kept keeps nothing of the questions that went over it', async (t) => {
  const server = await startReceiver(t, { answer: (res) => void res.end('yes') })
  const peer = await peerOf(t, `${server.origin}/`)
  for (let asked = 0; asked < 20; asked++) assert.equal(await text(peer), 'yes')
  const [kept, ...others] = Object.values(peer.agents.GET.freeSockets).flat()
  assert.equal(others.length, 0)
  assert.equal(kept?.listenerCount('connect'), 0)
})

test('TLS: of its own authority, with a client certificate; another certificate is refused before anything is sent', {
  skip: noOpenssl,
}, async (t) => {
  const { cert, key } = makeCertificate(folder)
  const other = makeCertificate(folder, 'other')
  const files = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(other.cert), requestCert: true }
  const server = await startReceiver(t, { tls: files, answer: (res) => void res.end('safe') })
  const mine = { caFile: cert, certFile: other.cert, keyFile: other.key }
  assert.equal(await text(await peerOf(t, `${server.origin}/`, { tls: mine })), 'safe')
  await assert.rejects(text(await peerOf(t, `${server.origin}/`)), pacsError('tls-failed'))
  const without = await peerOf(t, `${server.origin}/`, { tls: { caFile: cert } })
  await assert.rejects(text(without), (error) => error instanceof PacsError)
  assert.equal(server.received.length, 1)
})

test('without TLS nothing goes to a public address', async (t) => {
  await assert.rejects(peerOf(t, 'http://8.8.8.8/'), pacsError('address-refused'))
})

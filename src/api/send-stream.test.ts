/** Answers to real clients on loopback that stay, go away, or close when they have what was promised. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, test } from 'node:test'
import { sendStream } from './send-stream.ts'

const servers: ReturnType<typeof createServer>[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
})

/** One request to an answer of `sizeBytes` from `source`. */
async function ask(source: Readable, sizeBytes: number) {
  const { promise: sent, resolve } = Promise.withResolvers<{ error: unknown; res: ServerResponse }>()
  const server = createServer(async (_req, res) => {
    res.setHeader('Content-Length', sizeBytes)
    const error = await sendStream(source, res, sizeBytes).then(
      () => null,
      (rejection: unknown) => rejection,
    )
    resolve({ error, res })
    if (error !== null) res.destroy()
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  client.on('data', (chunk) => {
    text += chunk
  })
  client.on('error', () => {})
  client.write('GET / HTTP/1.0\r\n\r\n')
  return { client, sent, body: () => text.split('\r\n\r\n')[1] ?? '' }
}

/** Gives these chunks and then stands still, without an end. */
function standingStill(...chunks: readonly string[]): Readable {
  const left = [...chunks]
  return new Readable({
    read() {
      const chunk = left.shift()
      if (chunk !== undefined) this.push(chunk)
    },
  })
}

test('an answer is whole with its last byte, though its source has not told its end and the client closes', async () => {
  const { client, sent, body } = await ask(standingStill('la', 'bels'), 6)
  client.on('data', () => body() === 'labels' && client.destroy())
  await once(client, 'close')
  const { error, res } = await sent
  assert.equal(error, null)
  assert.ok(res.writableFinished)
})

test('a client that goes away ends the source and is no error, whether bytes wait for it or for the source', async () => {
  const endless = new Readable({ read: () => void endless.push('x'.repeat(65_536)) })
  for (const source of [endless, standingStill('some')]) {
    const { client, sent } = await ask(source, 2 ** 40)
    await once(client, 'data')
    client.destroy()
    const { error, res } = await sent
    assert.equal(error, null)
    assert.ok(!res.writableFinished)
    assert.ok(source.destroyed)
  }
})

test('a source that breaks is an error, and the client does not get an end', async () => {
  const broken = standingStill('some')
  const { client, sent, body } = await ask(broken, 100)
  await once(client, 'data')
  broken.destroy(new Error('the storage broke off'))
  assert.match(String((await sent).error), /the storage broke off/)
  await once(client, 'close')
  assert.equal(body(), 'some')
})

test('a source with fewer or more bytes than promised is an error', async () => {
  for (const promised of [3, 5]) {
    const { sent } = await ask(Readable.from([Buffer.from('four')]), promised)
    assert.match(String((await sent).error), new RegExp(`other than the ${promised} bytes`))
  }
})

test('an empty source is an empty answer', async () => {
  const { sent } = await ask(Readable.from([]), 0)
  const { error, res } = await sent
  assert.equal(error, null)
  assert.ok(res.writableEnded)
})

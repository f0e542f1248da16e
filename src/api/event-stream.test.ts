import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Response } from 'express'
import express from 'express'
import { type EventStream, openEventStream } from './event-stream.ts'

const HEARTBEAT_MS = 20
/** None comes in a test. */
const NEVER_MS = 2 ** 31 - 1

/** One client of one stream; `use` has it. */
async function withStream(
  use: (stream: EventStream, client: IncomingMessage, res: Response) => Promise<void>,
  heartbeatMs = HEARTBEAT_MS,
) {
  const opened = Promise.withResolvers<{ stream: EventStream; res: Response }>()
  const app = express().get('/', (_req, res) =>
    opened.resolve({ stream: openEventStream(res, heartbeatMs, 2000), res }),
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const [client] = (await once(request, 'response')) as [IncomingMessage]
  client.on('error', () => {}) // it is cut in some tests
  const { stream, res } = await opened.promise
  await use(stream, client, res).finally(() => {
    stream.end()
    server.closeAllConnections()
    server.close()
  })
}

async function textOf(client: IncomingMessage): Promise<string> {
  client.setEncoding('utf8')
  let text = ''
  for await (const chunk of client) text += chunk
  return text
}

test('an event is three lines and an empty one; a line break in its data breaks no line', async () => {
  await withStream(async (stream, client) => {
    stream.send({ name: 'state', id: 3, data: { detail: 'one\ntwo' } })
    stream.end('bye')
    assert.equal(await textOf(client), 'retry: 2000\n\nevent: state\nid: 3\ndata: {"detail":"one\\ntwo"}\n\n: bye\n\n')
  }, NEVER_MS)
})

test('while nothing happens a comment goes out, and after the end none', async () => {
  await withStream(async (stream, client, res) => {
    client.setEncoding('utf8')
    const seen: string[] = []
    for await (const chunk of client) {
      seen.push(chunk)
      if (seen.join('').includes(': still here\n\n: still here\n\n')) stream.end()
    }
    assert.equal(res.writableFinished, true)
  })
})

test('a client that goes away is told of, and leaves no listener behind', async () => {
  await withStream(async (stream, client, res) => {
    const gone = once(stream.gone, 'abort')
    client.destroy()
    await gone
    stream.end('nobody reads this')
    assert.equal(res.writableEnded, false)
  })
})

test('a client that does not read is behind, and is cut after two heartbeats', async () => {
  await withStream(async (stream, client, res) => {
    client.pause()
    const cut = once(stream.gone, 'abort')
    // More than the sockets of both sides take.
    for (let id = 0; id < 2000 && !stream.isBehind(); id++) stream.send({ name: 'state', id, data: {} })
    for (let id = 0; id < 20; id++) stream.send({ name: 'progress', id, data: { filler: 'x'.repeat(1 << 20) } })
    assert.equal(stream.isBehind(), true)
    await cut
    assert.equal(res.destroyed, true)
  })
})

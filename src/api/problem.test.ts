import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express from 'express'
import { FaultError, type FaultKind } from '../errors.ts'
import { createLog } from '../telemetry/log.ts'
import { problemHandler } from './problem.ts'

test('an answer that fails after it has begun is cut off and counted; only the log says more, and without its text', async (t) => {
  const printed = t.mock.method(console, 'error', () => {})
  const lines: string[] = []
  const failures: string[] = []
  const app = express()
  app.get('/', (_req, res) => {
    res.write('some')
    throw new Error('with a name in it')
  })
  app.use(
    problemHandler(
      createLog('info', { write: (line) => void lines.push(line) }),
      { failure: (kind) => void failures.push(kind) },
      { retryAfterS: async () => 7 },
    ),
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    .then((it) => it.text())
    .then(
      () => 'whole',
      () => 'cut off',
    )
  server.close()
  assert.equal(answer, 'cut off')
  assert.deepEqual(failures, ['internal'])
  assert.equal(lines.length, 1)
  assert.equal(JSON.parse(lines[0]!).msg, 'bug')
  assert.ok(!lines[0]!.includes('with a name in it'))
  assert.equal(printed.mock.callCount(), 0)
})

test('a full queue says when half of it is done; what else is over later says 5 s, unless the route knew better', async (t) => {
  const app = express()
  app.get('/known', (_req, res) => {
    res.set('Retry-After', '40')
    throw new FaultError('too-many-attempts', 'wait')
  })
  app.get('/:kind', (req) => {
    throw new FaultError(req.params.kind as FaultKind, 'found, allowed')
  })
  app.use(problemHandler(createLog('silent'), { failure() {} }, { retryAfterS: async () => 7 }))
  const server = createServer(app).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const retryAfter = async (path: string) =>
    (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`)).headers.get('retry-after')
  const kinds = ['queue-full', 'too-many-jobs', 'not-ready', 'too-many-streams', 'known', 'disk-full', 'not-found']
  assert.deepEqual(await Promise.all(kinds.map(retryAfter)), ['7', '7', '5', '5', '40', null, null])
})

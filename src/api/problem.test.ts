import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express from 'express'
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
    problemHandler(createLog('info', { write: (line) => void lines.push(line) }), {
      failure: (kind) => void failures.push(kind),
    }),
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

/** Events of jobs through the whole service: who may hear them, and that they go on where a stop or another process was. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RequestHandler } from 'express'
import { hang, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

async function post(service: TestService, headers: Record<string, string> = {}): Promise<string> {
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  const accepted = await fetch(`${service.base}/v1/segmentations`, {
    method: 'POST',
    body,
    headers: { Prefer: 'respond-async', ...headers },
  })
  assert.equal(accepted.status, 202)
  return accepted.headers.get('location')!
}

function listen(service: TestService, uri: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${service.base}${uri}/events`, { headers })
}

const events = (text: string) =>
  [...text.matchAll(/^id: (\d+)\ndata: (.+)$/gm)].map(([, id, data]) => ({
    ...(JSON.parse(data!) as { state: string; done: number }),
    id: Number(id),
  }))

test('a stream that the stop of the service cut goes on after its next start, with what came since', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'onelabel-events-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const first = await startTestService({ dataDir })
  t.after(() => first.close())
  first.segment = async (task, options) => {
    options?.onProgress?.({ stage: 'infer', done: 3, total: 8, inferSeconds: 12 })
    return hang(task, options)
  }
  const uri = await post(first)
  const stream = await listen(first, uri)
  assert.equal(stream.headers.get('cache-control'), 'no-store')
  assert.equal(stream.headers.get('x-accel-buffering'), 'no')
  await until(async () => {
    const job = (await (await fetch(first.base + uri)).json()) as { secondsLeft: number | null }
    return job.secondsLeft === 20 // 3 of 8 in 12 s
  })
  await first.drain()
  const told = await stream.text()
  assert.match(told, /: the service is stopping; come back\n\n$/)
  const last = events(told).at(-1)!
  assert.deepEqual([last.state, last.done], ['queued', 3])

  const second = await startTestService({ dataDir })
  t.after(() => second.close())
  const since = events(await (await listen(second, uri, { 'Last-Event-ID': String(last.id) })).text())
  assert.ok(since.every(({ id }) => id > last.id))
  assert.equal(since.at(-1)!.state, 'succeeded')
})

test('events of a job that another process computes come through the job store', async (t) => {
  const api = await startTestService({ role: 'api' })
  t.after(() => api.close())
  const uri = await post(api)
  const stream = listen(api, uri)
  const worker = await startTestService({ role: 'worker', dataDir: api.dataDir })
  t.after(() => worker.drain())
  worker.segment = succeed
  const told = events(await (await stream).text())
  assert.deepEqual([told[0]!.state, told.at(-1)!.state], ['queued', 'succeeded'])
  assert.equal((await listen(worker, uri)).status, 404)
})

test("another owner's job has no events", async (t) => {
  const believe: RequestHandler = (req, res, next) => {
    res.locals['owner'] = req.get('x-owner')
    res.locals['scopes'] = ['submit']
    next()
  }
  const service = await startTestService({}, believe)
  t.after(() => service.close())
  const uri = await post(service, { 'X-Owner': 'ann' })
  assert.equal((await listen(service, uri, { 'X-Owner': 'bob' })).status, 404)
  assert.match(await (await listen(service, uri, { 'X-Owner': 'ann' })).text(), /"state":"succeeded"/)
})

test('a client that goes away while it listens cancels nothing', async (t) => {
  const service = await startTestService()
  t.after(() => service.close())
  const { promise, resolve } = Promise.withResolvers<void>()
  service.segment = (task, options) => promise.then(() => succeed(task, options))
  const uri = await post(service)
  const leave = new AbortController()
  const stream = await fetch(`${service.base}${uri}/events`, { signal: leave.signal })
  assert.equal(stream.status, 200)
  leave.abort()
  await until(() => service.logLines.some((line) => line.includes('/events') && line.includes('aborted')))
  resolve()
  assert.equal((await service.ended(uri.split('/').at(-1)!)).state, 'succeeded')
})

/** Stopping: not ready at once, no new work, the running job gets its grace, every waiting caller an answer, and no job is lost. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Report } from '../src/inference/report.ts'
import { PATIENCE_MS } from './fixtures/patience.ts'
import { hang, LABEL_MAP, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

function post(service: TestService, headers = {}) {
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  return fetch(`${service.base}/v1/segmentations`, { method: 'POST', body, headers })
}

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { code: string }).code
}

async function stateOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { state: string }).state
}

const runs = (service: TestService, running: number, queued = 0) =>
  until(async () => {
    const counts = await service.counts()
    return counts.running === running && counts.queued === queued
  })

test('the running job finishes and is answered; the waiting one is told where it will be, new ones to come back', async () => {
  const service = await startTestService({ drainMs: PATIENCE_MS })
  const { promise, resolve } = Promise.withResolvers<Report>()
  service.segment = (task, options) => promise.then(() => succeed(task, options))
  const running = post(service)
  await runs(service, 1)
  const waiting = post(service)
  await runs(service, 1, 1)

  const drained = service.drain()
  const told = await waiting
  assert.deepEqual([told.status, told.headers.get('retry-after'), await stateOf(told)], [202, '2', 'queued'])
  const refused = await post(service)
  assert.deepEqual([refused.status, await codeOf(refused)], [503, 'draining'])
  const ready = await fetch(`${service.base}/readyz`)
  assert.deepEqual(((await ready.json()) as { reasons: string[] }).reasons, ['the service is stopping'])
  assert.equal((await fetch(`${service.base}/livez`)).status, 200)
  resolve(undefined as unknown as Report)
  assert.equal((await running).status, 200)
  await drained
  await assert.rejects(post(service))
  await service.close()
})

test('a job that does not end within the grace is given back, and its caller told where it will be', async () => {
  const service = await startTestService({ drainMs: 20 })
  service.segment = hang
  const answer = post(service)
  await runs(service, 1)
  await service.drain()
  assert.deepEqual([(await answer).status, await stateOf(await answer)], [202, 'queued'])
  assert.equal(service.compute.state, 'stopped')
  await service.close()
})

test('a restart goes on: results are there, what waited and what ran is computed', async () => {
  const earlier = await startTestService({ drainMs: 0 })
  const done = (await post(earlier)).headers.get('location')
  earlier.segment = hang
  const ran = await post(earlier, { Prefer: 'respond-async' })
  await runs(earlier, 1)
  const waited = await post(earlier, { Prefer: 'respond-async' })
  await earlier.drain()

  const next = await startTestService({ dataDir: earlier.dataDir })
  for (const location of [done, ran.headers.get('location'), waited.headers.get('location')]) {
    await next.ended(location!.split('/').at(-1)!)
    const labels = await fetch(`${next.base}${location}/labels`)
    assert.deepEqual([labels.status, Buffer.from(await labels.arrayBuffer())], [200, LABEL_MAP])
  }
  await next.close()
})

test('half an upload that an earlier run left is removed once nobody can still be at it', async () => {
  const earlier = await startTestService()
  const halves = ['old', 'new'].map((name) => join(earlier.dataDir, 'incoming', name))
  for (const half of halves) {
    mkdirSync(half)
    writeFileSync(join(half, 't1.upload'), 'half a scan')
  }
  const longAgoS = Date.now() / 1000 - 100_000
  utimesSync(halves[0]!, longAgoS, longAgoS)
  await earlier.drain()
  const next = await startTestService({ dataDir: earlier.dataDir, uploadTimeoutMs: 50_000_000 })
  await until(() => !existsSync(halves[0]!))
  assert.ok(existsSync(halves[1]!))
  await next.close()
})

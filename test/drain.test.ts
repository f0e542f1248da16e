/** Stopping: not ready at once, no new work, the running job gets its grace, every waiting caller an answer. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { createService } from '../src/api/service.ts'
import { readConfig } from '../src/config.ts'
import type { Report } from '../src/inference/report.ts'
import { createLog } from '../src/telemetry/log.ts'
import { hang, READY, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

function post(service: TestService, headers = {}) {
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  return fetch(`${service.base}/v1/segmentations`, { method: 'POST', body, headers })
}

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { code: string }).code
}

test('the running job finishes and is answered; the waiting one and new ones are told to come back', async () => {
  const service = await startTestService({ drainMs: 10_000 })
  const { promise, resolve } = Promise.withResolvers<Report>()
  service.segment = (task, options) => promise.then(() => succeed(task, options))
  const running = post(service)
  await until(() => service.queue.counts().running === 1)
  const waiting = post(service)
  await until(() => service.queue.counts().queued === 1)

  const drained = service.drain()
  const told = await waiting
  assert.deepEqual([told.status, told.headers.get('retry-after'), await codeOf(told)], [503, '5', 'draining'])
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

test('a job that does not end within the grace is stopped and answered as draining', async () => {
  const service = await startTestService({ drainMs: 20 })
  service.segment = hang
  const answer = post(service)
  await until(() => service.queue.counts().running === 1)
  const startedMs = Date.now()
  await service.drain()
  assert.equal(await codeOf(await answer), 'draining')
  assert.ok(Date.now() - startedMs < 1500)
  assert.equal(service.compute.state, 'stopped')
  await service.close()
})

test('results outlive the process; the next one removes them once it listens, and not before', async () => {
  const earlier = await startTestService()
  const done = await post(earlier)
  const id = done.headers.get('location')!.split('/').at(-1)!
  await earlier.drain()
  const path = earlier.queue.labelsPath(id)
  const defaults = readConfig({})
  assert.ok(defaults.ok)
  const next = await createService({
    config: { ...defaults.config, dataDir: dirname(earlier.jobsDir), drainMs: 0 },
    models: [],
    log: createLog('silent'),
    startCompute: () => ({ status: () => READY, segment: succeed, stop: async () => {} }),
  })
  assert.ok(existsSync(path), 'as long as the port may be another service’s, its folder is left alone')
  next.server.listen(0, '127.0.0.1')
  await until(() => !existsSync(path))
  await next.drain()
  await earlier.close()
})

/** Stopping: not ready at once, no new work, the running job gets its grace, every waiting caller an answer. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import type { Report } from '../src/inference/report.ts'
import { removeLeftovers } from '../src/jobs/job-files.ts'
import { hang, startTestService, succeed, type TestService, until } from './fixtures/service.ts'

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

test('results of an earlier run are removed at the start', async () => {
  const service = await startTestService()
  const done = await post(service)
  const id = done.headers.get('location')!.split('/').at(-1)!
  assert.ok(existsSync(service.queue.labelsPath(id)))
  await service.drain()
  assert.ok(existsSync(service.queue.labelsPath(id)), 'a label map outlives the process')
  assert.equal(await removeLeftovers(service.jobsDir), 1)
  await service.close()
})

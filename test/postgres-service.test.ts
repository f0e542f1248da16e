/** The service with its jobs in a real PostgreSQL: an api on one machine, a worker on another, a volume between them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Postgres, postgresMissing, startPostgres } from './fixtures/postgres.ts'
import { LABEL_MAP, startTestService, succeed } from './fixtures/service.ts'
import { readEvents, type Told } from './fixtures/sse.ts'

let postgres: Postgres
if (postgresMissing === false) {
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.close())
}

test('what an api takes a worker elsewhere computes, and the api answers', { skip: postgresMissing }, async () => {
  const databaseUrl = await postgres.newDatabase()
  const api = await startTestService({ role: 'api', databaseUrl })
  const elsewhere = mkdtempSync(join(tmpdir(), 'onelabel-elsewhere-'))
  symlinkSync(join(api.dataDir, 'blobs'), join(elsewhere, 'blobs'))
  const worker = await startTestService({ role: 'worker', databaseUrl, dataDir: elsewhere })
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  const answer = await fetch(`${api.base}/v1/segmentations`, { method: 'POST', body })
  assert.deepEqual([answer.status, Buffer.from(await answer.arrayBuffer())], [200, LABEL_MAP])
  await worker.drain()
  await api.close()
  rmSync(elsewhere, { recursive: true })
})

test('the pace of a worker elsewhere reaches who listens at the api', { skip: postgresMissing }, async (t) => {
  const databaseUrl = await postgres.newDatabase()
  const api = await startTestService({ role: 'api', databaseUrl })
  t.after(() => api.close())
  const worker = await startTestService({ role: 'worker', databaseUrl, dataDir: api.dataDir })
  t.after(() => worker.drain())
  const heard = Promise.withResolvers<void>()
  worker.segment = async (task, options) => {
    options?.onProgress?.({ stage: 'infer', done: 3, total: 8, patchSeconds: 5, inferSeconds: 12 })
    await heard.promise
    return succeed(task, options)
  }
  const accepted = await fetch(`${api.base}/v1/segmentations?channel=t1`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', Prefer: 'respond-async' },
    body: 'scan',
  })
  const stream = readEvents(await fetch(`${api.base}${accepted.headers.get('location')}/events`))
  let last: Told | undefined
  for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
    last = event
    if (event.secondsLeft === 20) heard.resolve() // 3 of 8 patches in 12 s
  }
  await heard.promise
  assert.equal(last?.state, 'succeeded')
})

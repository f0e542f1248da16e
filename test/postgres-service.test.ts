/** The service with its jobs in a real PostgreSQL: an api on one machine, a worker on another, a volume between them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Postgres, postgresMissing, startPostgres } from './fixtures/postgres.ts'
import { LABEL_MAP, startTestService } from './fixtures/service.ts'

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

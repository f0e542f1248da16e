/** Corrections of jobs that cannot be corrected now: the service in this process, with a computation that the test decides. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import request from 'supertest'
import { holdToContract } from './fixtures/contract.ts'
import { hang, report, type Segment, startTestService, succeed, type TestService } from './fixtures/service.ts'

let service: TestService
before(async () => {
  service = await startTestService()
})
after(() => service.close())

async function start(segment: Segment, on = service): Promise<string> {
  on.segment = segment
  const { headers } = await request(on.base)
    .post('/v1/segmentations?keep=scans')
    .attach('t1', Buffer.from('scan'), 't1.nii')
    .set('Prefer', 'respond-async')
  return headers['location']!
}

async function refused(method: 'get' | 'put' | 'delete', path: string, on = service): Promise<[number, string]> {
  const asked = request(on.base)[method](path)
  const answer = await (method === 'put' ? asked.type('application/gzip').send(Buffer.from('map')) : asked)
  holdToContract(method.toUpperCase(), path, answer)
  return [answer.status, answer.body.code]
}

const idOf = (job: string) => job.split('/').at(-1)!

test('while a job waits or runs there is nothing to correct: 409', async () => {
  const job = await start(hang)
  for (const [method, path] of [
    ['put', 'correction'],
    ['get', 'correction'],
    ['delete', 'correction'],
    ['get', 'correction.json'],
    ['get', 'training-case'],
    ['get', 'scans/t1'],
  ] as const) {
    assert.deepEqual(await refused(method, `${job}/${path}`), [409, 'not-finished'], path)
  }
  await request(service.base).delete(job)
  await service.ended(idOf(job))
  assert.deepEqual(await refused('get', `${job}/correction`), [404, 'not-found'])
})

test('a map of a model that is not served any more cannot be counted: 400', async () => {
  const job = await start(async (task, options) => {
    await succeed(task, options)
    return { ...report, model: { ...report.model, sha256: '9'.repeat(64) } }
  })
  await service.ended(idOf(job))
  assert.deepEqual(await refused('put', `${job}/correction`), [400, 'unknown-model'])
})

test('a label map that is gone is the service’s fault, and a disk without room is said before anything is sent: 500, 507', async (t) => {
  const job = await start(succeed)
  await service.ended(idOf(job))
  const stored = await service.store.get(idOf(job))
  const correction = { key: `${idOf(job)}/corrected-x.nii.gz`, sha256: '0'.repeat(64), atMs: 1, report }
  assert.ok(await service.store.correct(idOf(job), correction, () => []))
  assert.equal(stored?.correction, null)
  assert.deepEqual(await refused('get', `${job}/correction`), [500, 'blob-missing'])
  const full = await startTestService({ minFreeBytes: 0 })
  t.after(() => full.close())
  const later = await start(succeed, full)
  await full.ended(idOf(later))
  const { dataDir } = full
  await full.drain()
  const again = await startTestService({ dataDir, minFreeBytes: 2 ** 60 })
  t.after(() => again.close())
  assert.deepEqual(await refused('put', `${later}/correction`, again), [507, 'disk-full'])
})

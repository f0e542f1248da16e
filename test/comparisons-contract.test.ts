/** /v1/comparisons against openapi.yaml: what it answers is promised, and what is promised is answered. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, test } from 'node:test'
import request from 'supertest'
import { COMPARISON_MAPS } from '../src/api/comparisons.ts'
import type { CompareTask } from '../src/compute/protocol.ts'
import type { Supervisor } from '../src/compute/supervisor.ts'
import { FaultError, type FaultKind } from '../src/errors.ts'
import { holdToContract, holdToSchema, promised } from './fixtures/contract.ts'
import {
  comparison,
  READY,
  startTestService,
  succeed,
  succeedComparing,
  type TestService,
  until,
} from './fixtures/service.ts'

type Compare = Supervisor['compare']
const DATES = '/v1/comparisons'
const SCANS = '/v1/segmentations'
const answered = new Set<string>()
let service: TestService

before(async () => {
  service = await startTestService({ maxUploadBytes: 1000, queueLength: 1, maxEventStreams: 1 })
})
after(() => service.close())
afterEach(() => {
  service.segment = succeed
  service.compare = succeedComparing
  service.compute = READY
})

type Prepare = (asked: request.Test) => request.Test

/** Every answer of every test goes through the contract. */
async function call(method: 'get' | 'post' | 'delete' | 'put', path: string, prepare: Prepare = (r) => r) {
  const response = await prepare(request(service.base)[method](path)).buffer().parse(parseByType)
  answered.add(holdToContract(method.toUpperCase(), path, response))
  return response
}

/** JSON as its value, everything else as text. */
function parseByType(res: request.Response, done: (error: Error | null, body: unknown) => void): void {
  const chunks: Buffer[] = []
  const stream = res as unknown as NodeJS.ReadableStream
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => {
    const text = Buffer.concat(chunks).toString()
    done(null, /json/.test(res.headers['content-type'] ?? '') ? JSON.parse(text) : text)
  })
}

const withDates: Prepare = (r) =>
  r.attach('before_t1', Buffer.from('one'), 'a.nii').attach('after_t1', Buffer.from('two'), 'b.nii')
const later: Prepare = (r) => withDates(r).set('Prefer', 'respond-async')

async function start(compare: Compare = succeedComparing): Promise<string> {
  service.compare = compare
  const { headers, status } = await call('post', DATES, later)
  assert.equal(status, 202)
  return headers['location']
}

/** The state in which it ended. */
const ended = async (uri: string) => (await service.ended(uri.split('/').at(-1)!)).state

/** Never ends by itself; ends when cancelled. */
const hang: Compare = (_task, { signal } = {}) =>
  new Promise((_resolve, reject) => {
    const stop = () => reject(new FaultError('cancelled', 'cancelled'))
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
  })

test('two sets of scans go in, the report comes back', async () => {
  let seen: CompareTask | undefined
  const sent: string[] = []
  service.compare = (task, options) => {
    seen = task
    sent.push(readFileSync(task.scans.before['t1']!, 'utf8'), readFileSync(task.scans.after['t1']!, 'utf8'))
    return succeedComparing(task, options)
  }
  const response = await call('post', `${DATES}?model=tiny`, (r) => withDates(r).field('sequence', 'as-sent'))
  assert.deepEqual([response.status, response.body], [200, JSON.parse(JSON.stringify(comparison))])
  assert.match(response.headers['location'], /^\/v1\/comparisons\/[0-9a-f-]{36}$/)
  assert.equal(response.headers['x-model'], 'tiny@0.0.1')
  assert.deepEqual([seen?.modelId, seen?.sequence, sent], ['tiny', 'as-sent', ['one', 'two']])
})

test('each result is fetched under its name, and as what it is', async () => {
  const uri = await start()
  assert.equal(await ended(uri), 'succeeded')
  const document = await call('get', uri)
  assert.equal(document.body.kind, 'comparison')
  assert.equal(document.body.report.lesions.count.grown, 1)
  for (const [path, text, saved] of [
    ['before', 'before-midway-t1.nii.gz', 'before-t1.nii.gz'],
    ['after?channel=t1', 'after-midway-t1.nii.gz', 'after-t1.nii.gz'],
    ['labels-before', 'before-midway.nii.gz', 'labels-before.nii.gz'],
    ['labels-after?grid=own', 'after.nii.gz', 'labels-after.nii.gz'],
    ['fates', 'fates-midway.nii.gz', 'fates.nii.gz'],
  ]) {
    const { body, headers } = await call('get', `${uri}/${path}`)
    assert.deepEqual([body, headers['content-disposition']], [text, `attachment; filename=${saved}`])
    assert.equal(headers['content-type'], 'application/gzip')
  }
  for (const [type, text] of [
    ['text/csv', 'changes.csv'],
    ['image/png', 'picture.png'],
    ['application/pdf', 'report.pdf'],
  ] as const) {
    const fetched = await call('get', uri, (r) => r.set('Accept', type))
    assert.deepEqual([fetched.body, fetched.headers['content-type']?.split(';')[0]], [text, type])
    const waited = await call('post', DATES, (r) => withDates(r).set('Accept', type))
    assert.deepEqual([waited.status, waited.body], [200, text])
  }
  for (const path of ['before?channel=flair', 'before?x=1', 'labels-before?grid=t1', 'labels-after?grid=a'])
    assert.ok([400, 404].includes((await call('get', `${uri}/${path}`)).status))
  assert.equal((await call('delete', `${DATES}/%ff`)).status, 400)
  for (const map of ['after', 'fates', 'labels-after']) assert.equal((await call('put', `${uri}/${map}`)).status, 405)
})

test('of two segmentations whose scans were kept, the scans are compared', async () => {
  const segmented = async (scan: string, keep: boolean) => {
    const { headers, body } = await request(service.base)
      .post(`${SCANS}${keep ? '?keep=scans' : ''}`)
      .attach('t1', Buffer.from(scan), 't1.nii')
      .set('Accept', 'application/json')
    assert.equal(body.device, 'cpu')
    return String(headers['location']).split('/').at(-1)!
  }
  const [one, two, unkept] = [await segmented('one', true), await segmented('two', true), await segmented('one', false)]
  const sent: string[] = []
  service.compare = (task, options) => {
    sent.push(
      task.modelId!,
      readFileSync(task.scans.before['t1']!, 'utf8'),
      readFileSync(task.scans.after['t1']!, 'utf8'),
    )
    return succeedComparing(task, options)
  }
  const asked = { before: one, after: two, name: 'anna' }
  const { status, headers } = await call('post', DATES, (r) => r.send(asked))
  assert.deepEqual([status, sent], [200, ['tiny', 'one', 'two']])
  assert.equal((await call('get', headers['location'])).body.name, 'anna')
  const compare = (body: object) => call('post', DATES, (r) => r.send(body))
  for (const [body, code] of [
    [{ before: one, after: unkept }, 'scans-not-kept'],
    [{ before: randomUUID(), after: two }, 'not-found'],
    [{ before: String(headers['location']).split('/').at(-1), after: two }, 'not-found'],
    [{ before: one }, 'malformed-request'],
    [{ before: one, after: two, grid: 't1' }, 'malformed-request'],
  ] as const)
    assert.equal((await compare(body)).body.code, code)
  // the scans go with their segmentation
  await request(service.base).delete(`${SCANS}/${one}`)
  assert.equal((await compare({ before: one, after: two })).body.code, 'not-found')
  await until(() => service.leftovers().every((file) => !file.startsWith(one)))
})

test('comparisons and segmentations are listed and found apart', async () => {
  const uri = await start()
  await ended(uri)
  const { body } = await call('get', `${DATES}?limit=1`)
  assert.deepEqual([body.comparisons.length, uri.endsWith(body.comparisons[0].id)], [1, true])
  assert.ok(body.next !== null)
  const { jobs } = (await request(service.base).get(SCANS)).body
  assert.ok(jobs.every((job: { kind?: string }) => job.kind === undefined))
  assert.equal((await request(service.base).get(uri.replace('comparisons', 'segmentations'))).status, 404)
  assert.equal((await call('get', `${DATES}?state=none`)).status, 400)
  assert.equal((await call('put', DATES)).status, 405)
})

test('its events end with what changed', async () => {
  const uri = await start()
  await ended(uri)
  const stream = await call('get', `${uri}/events`)
  const [, id, data] = /id: (\d+)\ndata: (.*)\n/.exec(stream.body)!
  const event = JSON.parse(data!)
  holdToSchema('ComparisonEvent', event)
  assert.deepEqual(event.summary.lesions, { count: comparison.lesions!.count })
  assert.equal((await call('get', `${uri}/events`, (r) => r.set('Last-Event-ID', id!))).status, 204)
  assert.equal((await call('get', `${uri}/events?last-event-id=x`)).status, 400)
  assert.equal((await call('get', `${uri}/events`, (r) => r.set('Accept', 'image/png'))).status, 406)
  assert.equal((await call('put', `${uri}/events`)).status, 405)
})

test('while it waits or runs there is nothing to fetch, and it can be cancelled', async () => {
  const uri = await start(hang)
  await service.becomes(uri.split('/').at(-1)!, ({ job }) => job.state === 'running')
  for (const map of COMPARISON_MAPS) assert.equal((await call('get', `${uri}/${map}`)).body.code, 'not-finished')
  assert.equal((await call('get', uri, (r) => r.set('Accept', 'text/csv'))).status, 409)
  await call('post', DATES, later) // waits
  const full = await call('post', DATES, later)
  assert.deepEqual([full.status, full.body.code], [503, 'queue-full'])
  const listening = new AbortController()
  await fetch(`${service.base}${uri}/events`, { signal: listening.signal })
  assert.equal((await call('get', `${uri}/events`)).body.code, 'too-many-streams')
  listening.abort()
  assert.equal((await call('delete', uri)).status, 202)
  assert.equal(await ended(uri), 'cancelled')
  service.compare = succeedComparing
  const { body } = await call('get', DATES)
  await ended(`/${body.comparisons[0].id}`)
  assert.equal((await call('delete', uri)).status, 204)
  assert.equal((await call('delete', uri)).status, 404)
})

test('a comparison that fails says why, everywhere', async () => {
  for (const kind of [
    'scan-constant',
    'too-many-voxels',
    'not-nifti',
    'compute-timeout',
    'unknown-model',
  ] satisfies FaultKind[]) {
    const failing: Compare = async () => {
      throw new FaultError(kind, 'as seen')
    }
    const uri = await start(failing)
    assert.equal(await ended(uri), 'failed')
    const { body } = await call('get', uri)
    assert.deepEqual([body.problem.code, body.problem.instance], [kind, uri])
    for (const map of COMPARISON_MAPS) assert.equal((await call('get', `${uri}/${map}`)).body.code, kind)
    assert.equal((await call('get', uri, (r) => r.set('Accept', 'image/png'))).body.code, kind)
    service.compare = failing
    assert.equal((await call('post', DATES, withDates)).body.code, kind)
  }
  const uri = await start(async () => {
    throw new Error('a bug')
  })
  assert.equal(await ended(uri), 'failed')
  for (const map of COMPARISON_MAPS) assert.equal((await call('get', `${uri}/${map}`)).status, 500)
  assert.equal((await call('get', uri, (r) => r.set('Accept', 'text/csv'))).status, 500)
  service.compare = async () => {
    throw new Error('a bug')
  }
  assert.equal((await call('post', DATES, withDates)).status, 500)
})

test('a request that is none is refused without a job', async () => {
  const refused = async (prepare: Prepare, path = DATES) => (await call('post', path, prepare)).body.code
  const one: Prepare = (r) => r.attach('before_t1', Buffer.from('one'), 'a')
  assert.equal(await refused(one), 'no-scan')
  assert.equal(await refused((r) => one(r).attach('after_flair', Buffer.from('two'), 'b')), 'channels-missing')
  assert.equal(await refused((r) => r.attach('t1', Buffer.from('one'), 'a')), 'unknown-channel')
  assert.equal(await refused((r) => withDates(r).attach('before_dicom', Buffer.from('zip'), 'c')), 'malformed-request')
  assert.equal(await refused((r) => withDates(r).attach('dicom', Buffer.from('zip'), 'c')), 'malformed-request')
  for (const option of ['grid=t1', 'cohort=a', 'flip=average', 'page=1', 'keep=scans', 'keep=all', 'x=1'])
    assert.equal(await refused(withDates, `${DATES}?${option}`), 'malformed-request')
  assert.equal(await refused((r) => r.type('text/plain').send('scan')), 'unsupported-media-type')
  assert.equal(await refused((r) => withDates(r).set('Accept', 'text/html')), 'not-acceptable')
  assert.equal(await refused((r) => r.attach('before_t1', Buffer.alloc(2000), 'a')), 'upload-too-large')
  const keyed: Prepare = (r) => withDates(r).set('Idempotency-Key', 'k1')
  const first = await call('post', DATES, keyed)
  assert.equal((await call('post', DATES, keyed)).headers['location'], first.headers['location'])
  assert.equal(
    await refused((r) => one(r).attach('after_t1', Buffer.from('3'), 'b').set('Idempotency-Key', 'k1')),
    'idempotency-mismatch',
  )
  service.compute = { state: 'failed', reason: 'no device' }
  assert.equal(await refused(withDates), 'not-ready')
  const nobody = `${DATES}/${randomUUID()}`
  for (const path of ['', '/events', ...COMPARISON_MAPS.map((map) => `/${map}`)]) {
    assert.equal((await call('get', `${nobody}${path}`)).status, 404)
    assert.equal((await call('put', `${nobody}${path}`)).status, 405)
  }
  assert.equal((await call('get', first.headers['location'], (r) => r.set('Accept', 'text/html'))).status, 406)
})

test('every answer that openapi.yaml promises of comparisons was given above', () => {
  const elsewhere = [
    'GET /v1/comparisons 403', // as for segmentations: exposure.test.ts
    'GET /v1/comparisons 503', // a store or a storage that does not answer, here and below: postgres-faults.test.ts
    'POST /v1/comparisons 403', // as for segmentations: webhooks.test.ts, requests.test.ts, jobs.test.ts
    'POST /v1/comparisons 408',
    'POST /v1/comparisons 429',
    'POST /v1/comparisons 507',
    'GET /v1/comparisons/{id} 503',
    'DELETE /v1/comparisons/{id} 503',
    ...COMPARISON_MAPS.map((map) => `GET /v1/comparisons/{id}/${map} 503`),
  ]
  assert.deepEqual(
    promised().filter((answer) => answer.includes(' /v1/comparisons') && !answered.has(answer)),
    elsewhere,
  )
})

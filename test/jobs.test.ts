/** Jobs that are sent again, asked for again, asked for by others, too many, or that find no room. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import type { RequestHandler } from 'express'
import type { Config } from '../src/config.ts'
import { peekInput } from '../src/inference/read-input.ts'
import { buildNifti } from './fixtures/nifti.ts'
import {
  CONFIDENCE_MAP,
  hang,
  LABEL_MAP,
  report,
  type Segment,
  startTestService,
  succeed,
  type TestService,
  until,
} from './fixtures/service.ts'

let service: TestService
let computed: number
afterEach(() => service.close())

const count =
  (segment: Segment): Segment =>
  (...args) => {
    computed++
    return segment(...args)
  }

async function start(settings: Partial<Config> = {}, authenticate?: RequestHandler): Promise<void> {
  computed = 0
  service = await startTestService(settings, authenticate)
  service.segment = count(succeed)
}

function post(headers: Record<string, string> = {}, scan = 'scan', on = service, fields = {}): Promise<Response> {
  const body = new FormData()
  for (const [name, value] of Object.entries<string>(fields)) body.set(name, value)
  body.set('t1', new Blob([scan]), 'a.nii')
  return fetch(`${on.base}/v1/segmentations`, { method: 'POST', body, headers })
}

const at = (response: Response, suffix = '') => service.base + response.headers.get('location') + suffix
const idOf = (response: Response) => response.headers.get('location')!.split('/').at(-1)!

async function refusal(response: Response): Promise<readonly unknown[]> {
  return [response.status, ((await response.json()) as { code: string }).code]
}

test('a request that is sent again with its key gets the same job, computed once', async () => {
  await start()
  const headers = { 'Idempotency-Key': '"5f1c"' }
  const [first, again] = [await post(headers), await post(headers)]
  assert.equal(again.headers.get('location'), first.headers.get('location'))
  assert.deepEqual([again.status, Buffer.from(await again.arrayBuffer())], [200, LABEL_MAP])
  assert.equal(computed, 1)
  assert.notEqual((await post()).headers.get('location'), first.headers.get('location'))
})

test('a caller that is cut off while it waits gets its job again with its key: it was not cancelled, nor computed twice', async () => {
  await start()
  const end = Promise.withResolvers<void>()
  service.segment = count((...args) => Promise.race([hang(...args), end.promise.then(() => succeed(...args))]))
  const headers = { 'Content-Type': 'application/octet-stream', 'Idempotency-Key': 'k' }
  const cut = new AbortController()
  const url = `${service.base}/v1/segmentations?channel=t1`
  const first = fetch(url, { method: 'POST', body: 'scan', headers, signal: cut.signal })
  await until(async () => (await service.counts()).running === 1)
  cut.abort()
  await assert.rejects(first)
  await until(() => service.logLines.some((line) => line.includes('"status":"aborted"')))
  // Another caller comes and goes meanwhile: a cancellation would have come through.
  const other = await post({ Prefer: 'respond-async' })
  await fetch(at(other), { method: 'DELETE' })
  await service.ended(idOf(other))
  assert.equal((await service.counts()).running, 1)
  const again = fetch(url, { method: 'POST', body: 'scan', headers })
  end.resolve()
  assert.deepEqual([(await again).status, computed], [200, 1])
})

test('the same key with another scan is 422, and leaves no file', async () => {
  await start()
  const headers = { 'Idempotency-Key': 'k' }
  await post(headers)
  const files = service.leftovers()
  assert.deepEqual(await refusal(await post(headers, 'another scan')), [422, 'idempotency-mismatch'])
  await until(() => service.leftovers().length === files.length)
  assert.deepEqual(service.leftovers(), files)
})

test('the same key with other options is 422', async () => {
  await start()
  const headers = { 'Idempotency-Key': 'k' }
  await post(headers, 'scan', service, { flip: 'average' })
  assert.equal((await post(headers, 'scan', service, { flip: 'average' })).status, 200)
  assert.deepEqual(await refusal(await post(headers)), [422, 'idempotency-mismatch'])
})

test('a key that cannot be one is 400', async () => {
  await start()
  assert.deepEqual(await refusal(await post({ 'Idempotency-Key': 'a b' })), [400, 'malformed-request'])
})

test('the same scan is computed once; a job of its own has the same map, and lives when the first is removed', async () => {
  await start({ cache: true })
  const first = await post()
  const again = await post({ Accept: 'application/json' })
  assert.deepEqual([again.status, computed], [200, 1])
  assert.notEqual(idOf(again), idOf(first))
  assert.equal((await fetch(at(first), { method: 'DELETE' })).status, 204)
  assert.deepEqual(Buffer.from(await (await fetch(at(again, '/labels'))).arrayBuffer()), LABEL_MAP)
  await post({}, 'another scan')
  assert.equal(computed, 2)
  await post({ 'Cache-Control': 'no-cache' })
  assert.equal(computed, 3)
  const metrics = await (await fetch(`${service.base}/metrics`)).text()
  assert.match(metrics, /onelabel_cache_requests_total\{result="hit"\} 1/)
  assert.match(metrics, /onelabel_cache_requests_total\{result="miss"\} 2/)
})

test('who wants to come back is told where, with 202, also where the result is known already', async () => {
  await start({ cache: true })
  await post()
  const again = await post({ Prefer: 'respond-async' })
  assert.deepEqual([again.status, again.headers.get('preference-applied'), computed], [202, 'respond-async', 1])
  const document = (await again.json()) as { id: string; state: string }
  assert.deepEqual([document.id, document.state], [idOf(again), 'succeeded'])
  assert.deepEqual(Buffer.from(await (await fetch(at(again, '/labels'))).arrayBuffer()), LABEL_MAP)
})

test('other options are another result; one with a confidence map is copied with it', async () => {
  await start({ cache: true })
  await post()
  const fields = { include: 'confidence' }
  const first = await post({}, 'scan', service, fields)
  assert.equal(computed, 2)
  const again = await post({}, 'scan', service, fields)
  assert.equal(computed, 2)
  await fetch(at(first), { method: 'DELETE' })
  assert.deepEqual(Buffer.from(await (await fetch(at(again, '/confidence'))).arrayBuffer()), CONFIDENCE_MAP)
  await post({}, 'scan', service, { ...fields, flip: 'average' })
  assert.equal(computed, 3)
  await post({}, 'scan', service, { ...fields, affine: 'qform' })
  assert.equal(computed, 4)
  await post({}, 'scan', service, { ...fields, strict: '1' })
  assert.equal(computed, 5)
  await post({}, 'scan', service, { ...fields, sequence: 'as-sent' })
  assert.equal(computed, 6)
})

test('what another model than the one asked for has done, after a reload, is nobody’s earlier result', async () => {
  await start({ cache: true })
  const model = { ...report.model, version: '0.0.2', sha256: '2'.repeat(64) }
  service.segment = count(async (...args) => ({ ...(await succeed(...args)), model }))
  await post()
  service.segment = count(succeed)
  assert.equal((await post()).headers.get('x-model'), 'tiny@0.0.1')
  assert.equal(computed, 2)
  await post()
  assert.equal(computed, 2)
})

/** Takes the caller's word for who it is. */
const believe: RequestHandler = (req, res, next) => {
  res.locals['owner'] = req.get('x-owner')
  res.locals['scopes'] = ['submit', 'metrics']
  res.locals['limits'] = { jobs: 2, bytes: 10 }
  next()
}

test("another owner's job is 404 in every way, and its results are nobody else's", async () => {
  await start({ cache: true }, believe)
  const ann = await post({ 'X-Owner': 'ann', 'Idempotency-Key': 'k' })
  assert.equal(ann.status, 200)
  for (const [method, suffix] of [
    ['GET', ''],
    ['GET', '/labels'],
    ['GET', '/confidence'],
    ['GET', '/events'],
    ['DELETE', ''],
  ] as const) {
    const other = await fetch(at(ann, suffix), { method, headers: { 'X-Owner': 'bob' } })
    const unknown = await fetch(at(ann, suffix).replace(/[0-9a-f]{4}-/, '0000-'), {
      method,
      headers: { 'X-Owner': 'bob' },
    })
    const [a, b] = [await other.json(), await unknown.json()] as { detail: string; status: number }[]
    assert.deepEqual([a!.status, a!.detail], [404, b!.detail], 'an id that is not yours is one that never was')
  }
  assert.equal((await fetch(at(ann), { headers: { 'X-Owner': 'ann' } })).status, 200)
  const bob = await post({ 'X-Owner': 'bob', 'Idempotency-Key': 'k' })
  assert.notEqual(idOf(bob), idOf(ann))
  assert.equal(computed, 2)
})

test('an owner with as many jobs, or bytes, as it may have is 429 with Retry-After; another one is not', async () => {
  await start({}, believe)
  service.segment = count(hang)
  const later = { Prefer: 'respond-async', 'X-Owner': 'ann' }
  const first = await post(later)
  const bytes = await post(later, 'seven..')
  assert.equal(bytes.headers.get('retry-after'), '5')
  assert.deepEqual(await refusal(bytes), [429, 'too-many-jobs'])
  assert.equal((await post(later)).status, 202)
  assert.deepEqual(await refusal(await post(later, '')), [429, 'too-many-jobs'])
  assert.equal((await post({ ...later, 'X-Owner': 'bob' })).status, 202)
  await fetch(at(first), { method: 'DELETE', headers: { 'X-Owner': 'ann' } })
  await service.ended(idOf(first))
  assert.equal((await post(later)).status, 202)
})

test('with less room on the disk than the watermark no upload begins: 507, and the rest goes on', async () => {
  await start({ minFreeBytes: 2 ** 50 })
  const full = await post()
  assert.deepEqual(await refusal(full), [507, 'disk-full'])
  assert.deepEqual(service.leftovers(), [])
  assert.equal((await fetch(`${service.base}/readyz`)).status, 503)
  assert.equal((await fetch(`${service.base}/v1/models`)).status, 200)
})

test('a scan that vanished fails its job by name; a label map that vanished is told so', async () => {
  await start()
  const end = Promise.withResolvers<void>()
  service.segment = count(async (...args) => {
    await end.promise
    return succeed(...args)
  })
  const later = { Prefer: 'respond-async' }
  const [first, second] = [await post(later), await post(later)]
  await until(async () => (await service.counts()).running === 1)
  rmSync(join(service.dataDir, 'blobs', idOf(second)), { recursive: true })
  end.resolve()
  const job = await service.ended(idOf(second))
  assert.equal(job.state === 'failed' && job.fault?.kind, 'blob-missing')
  await service.ended(idOf(first))
  rmSync(join(service.dataDir, 'blobs', idOf(first)), { recursive: true })
  assert.deepEqual(await refusal(await fetch(at(first, '/labels'))), [500, 'blob-missing'])
})

test('a scan with more voxels than the service answers at once is 202, unless the caller says how long it waits', async () => {
  await start({ maxSyncVoxels: 119 })
  const data = Array.from({ length: 120 }, (_, n) => n)
  const send = (dim: number[], headers = {}) =>
    fetch(`${service.base}/v1/segmentations?channel=t1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', ...headers },
      body: new Uint8Array(buildNifti({ dim, data })),
    })
  assert.deepEqual([(await send([3, 4, 5, 6])).status, (await send([3, 4, 5, 5])).status], [202, 200])
  const patient = await send([3, 4, 5, 6], { Prefer: 'wait=5' })
  assert.deepEqual([patient.status, patient.headers.get('preference-applied')], [200, 'wait=5'])
})

test('with a limit of 0 no scan is too large to be waited for', async () => {
  await start({ maxSyncVoxels: 0 })
  assert.equal((await post()).status, 200)
})

test('what the header alone shows to be wrong is refused at once, by channel, and leaves neither job nor file', async () => {
  await start({ maxVoxels: 119 })
  service.peek = peekInput
  const data = Array.from({ length: 120 }, (_, n) => n)
  const send = (scan: Uint8Array<ArrayBuffer>, headers = {}) => {
    const body = new FormData()
    body.set('flair', new Blob([scan]), 'a.nii')
    return fetch(`${service.base}/v1/segmentations`, { method: 'POST', body, headers })
  }
  for (const [scan, status, code] of [
    [Buffer.from('scan'), 415, 'not-nifti'],
    [buildNifti({ dim: [4, 4, 5, 3, 2], data }), 422, 'nifti-4d'],
    [buildNifti({ dim: [3, 4, 5, 6], data }), 413, 'too-many-voxels'],
  ] as const) {
    const refused = await send(new Uint8Array(scan), { Prefer: 'respond-async' })
    assert.equal(refused.headers.get('location'), null)
    const problem = (await refused.json()) as { code: string; detail: string }
    assert.deepEqual([refused.status, problem.code], [status, code])
    assert.match(problem.detail, /^channel flair: /)
  }
  await until(() => service.leftovers().length === 0)
  assert.deepEqual([computed, (await service.counts()).queued], [0, 0])
  assert.equal((await send(new Uint8Array(buildNifti({ dim: [3, 4, 5, 5], data })))).status, 200)
})

test('HEAD of a label map tells its size', async () => {
  await start()
  const head = await fetch(at(await post(), '/labels'), { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(LABEL_MAP.length)])
})

test('an api takes jobs and answers, a worker beside it computes them and has no other path than health and metrics', async () => {
  await start({ role: 'api' })
  const api = service
  assert.deepEqual(await (await fetch(`${api.base}/readyz`)).json(), { ready: true, reasons: [], models: [] })
  const waiting = post()
  await until(async () => (await api.counts()).queued === 1)
  const worker = await startTestService({ role: 'worker', dataDir: api.dataDir })
  worker.segment = count(succeed)
  const answer = await waiting
  assert.deepEqual([answer.status, Buffer.from(await answer.arrayBuffer())], [200, LABEL_MAP])
  assert.equal((await post({}, 'scan', worker)).status, 404)
  assert.equal((await fetch(`${worker.base}${answer.headers.get('location')}`)).status, 404)
  for (const path of ['/livez', '/readyz', '/metrics']) assert.equal((await fetch(worker.base + path)).status, 200)
  await worker.drain()
})

test('a running job of an api is cancelled through the worker that has it', async () => {
  await start({ role: 'api' })
  const worker = await startTestService({ role: 'worker', dataDir: service.dataDir, leaseMs: 600 })
  worker.segment = hang
  const accepted = await post({ Prefer: 'respond-async' })
  await until(async () => (await service.counts()).running === 1)
  assert.equal((await fetch(at(accepted), { method: 'DELETE' })).status, 202)
  assert.equal((await service.ended(idOf(accepted))).state, 'cancelled')
  await worker.drain()
})

/** /v1/pacs against openapi.yaml, with a source that holds one study and an annex that does nothing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import request from 'supertest'
import { authenticate } from '../src/api/auth.ts'
import { PacsError } from '../src/pacs/delivery-code.ts'
import { derivedUid } from '../src/pacs/derived-uid.ts'
import type { Pacs } from '../src/pacs/open-pacs.ts'
import { parsePacsConfig } from '../src/pacs/read-config.ts'
import type { Source } from '../src/pacs/source.ts'
import { SCOPES, type Scope } from '../src/security/identity.ts'
import type { StoredStudy } from '../src/store/study-store.ts'
import { holdToContract, promised } from './fixtures/contract.ts'
import { startTestService, type TestService } from './fixtures/service.ts'

const STUDIES = '/v1/pacs/studies'
const UID = '1.2.840.1'
const NONE = '00000000-0000-4000-8000-000000000000'
const parsed = parsePacsConfig(
  JSON.stringify({
    sources: [{ name: 'gateway', kind: 'orthanc', url: 'http://127.0.0.1:1' }],
    rules: [{ name: 'brain', model: 'tiny', require: ['t1'], rerun: 'replace' }],
  }),
  '/',
)
if (!parsed.ok) throw new Error(parsed.faults.join())
const { config } = parsed
let isAway = false
const source: Partial<Source> = {
  name: 'gateway',
  async find(studyInstanceUid) {
    if (isAway) throw new PacsError('gateway', 'unreachable')
    return studyInstanceUid === UID ? [{ key: 'k', studyInstanceUid }] : []
  },
}
const pacs: Pacs = {
  config,
  sources: [source as Source],
  annex: async () => ({ handlers: {}, outbox: async () => [], begin() {}, async drain() {}, close() {} }),
}

const answered = new Set<string>()
let service: TestService
let bare: TestService
before(async () => {
  service = await startTestService({}, undefined, pacs)
  bare = await startTestService()
})
after(() => Promise.all([service.close(), bare.close()]))

async function call(method: 'get' | 'post' | 'put', path: string, body?: object, at = service) {
  const asked = request(at.base)[method](path)
  const response = await (body === undefined ? asked : asked.send(body))
  answered.add(holdToContract(method.toUpperCase(), path, response))
  return response
}
const known = async (): Promise<StoredStudy> => (await service.store.studies.list({ limit: 1 }))[0]!

/** Its job has ended, made of these instances. */
async function computed(intakeKey: string, jobId: string): Promise<void> {
  const { studies } = service.store
  const series = { channel: 't1', key: 's', seriesInstanceUid: '1.2.3', instances: 4, why: 'complete' }
  const seen = { ...series, number: 1, preference: 4, expected: null, grewAtMs: 1_700_000_000_000 }
  const facts = { grewAtMs: 1_700_000_000_000, counts: {}, series: [seen] }
  const intake = { key: intakeKey, chosen: [series], facts, isRerunAllowed: true }
  assert.equal(await studies.begin((await studies.take(60_000))!, intake), 'ready')
  await studies.submitted((await studies.take(60_000))!, jobId)
  await studies.ended(jobId, 'done', 'computed')
}

test('a study taken by hand is listed, and its document says what was chosen and why', async () => {
  const taken = await call('post', STUDIES, { studyInstanceUid: UID })
  assert.deepEqual([taken.status, taken.body], [202, { source: 'gateway', studies: 1 }])
  const { body } = await call('get', `${STUDIES}?state=open`)
  assert.deepEqual([body.studies[0].studyInstanceUid, body.studies[0].rule, body.next], [UID, 'brain', null])
  await computed('first', NONE)
  const done = await call('get', `${STUDIES}/${(await known()).id}`)
  assert.deepEqual(done.body.chosen, [{ seriesInstanceUid: '1.2.3', channel: 't1', instances: 4, why: 'complete' }])
  assert.deepEqual([done.body.state, done.body.reason, done.body.ageS], ['done', 'computed', null])
  assert.deepEqual(done.body.job, { id: NONE, uri: `/v1/segmentations/${NONE}` })
  assert.equal(done.body.lastImage, new Date(1_700_000_000_000).toISOString())
})

test('what later objects took the place of is listed, and what goes where', async () => {
  await call('post', STUDIES, { studyInstanceUid: UID, source: 'gateway' })
  await computed('second', NONE.replace('0000', '0001'))
  const { id, jobId } = await known()
  await service.store.effects.post([{ jobId: jobId!, kind: 'pacs', target: 'back', key: 'k', body: {} }])
  const { body } = await call('get', `${STUDIES}/${id}`)
  assert.deepEqual(
    body.superseded.map(({ kind, sopInstanceUid }: Record<string, unknown>) => [kind, sopInstanceUid]),
    [
      ['seg', derivedUid('first', 'seg', 'instance1')],
      ['sr', derivedUid('first', 'sr', 'instance1')],
    ],
  )
  assert.deepEqual([body.effects[0].target, body.effects[0].state], ['back', 'pending'])
})

test('one is put aside and taken up again; neither while it runs, and none that is not there', async () => {
  const { id } = await known()
  assert.equal((await call('post', `${STUDIES}/${id}:ignore`)).body.reason, 'by-hand')
  assert.equal((await call('post', `${STUDIES}/${id}:retry`)).body.state, 'open')
  for (const act of ['retry', 'ignore']) {
    assert.equal((await call('post', `${STUDIES}/${NONE}:${act}`)).status, 404)
    assert.equal((await call('get', `${STUDIES}/${id}:${act}`)).status, 405)
    assert.equal((await call('post', `${STUDIES}/%zz:${act}`)).status, 400)
  }
  assert.equal((await call('get', `${STUDIES}/${NONE}`)).status, 404)
  assert.equal((await call('put', `${STUDIES}/${NONE}`)).status, 405)
  assert.equal((await call('get', `${STUDIES}/%zz`)).status, 400)
})

test('a hint makes its source due; another source, or another word, is refused with those that there are', async () => {
  const { studies } = service.store
  const held = await studies.takeSource('gateway', 60_000)
  await studies.releaseSource(held!, 60_000)
  assert.equal(await studies.takeSource('gateway', 60_000), undefined)
  assert.equal((await call('post', '/v1/pacs/hints', { source: 'gateway' })).status, 204)
  assert.equal((await studies.takeSource('gateway', 60_000))?.name, 'gateway')
  const other = await call('post', '/v1/pacs/hints', { source: 'PLANTED' })
  assert.deepEqual([other.status, other.body.detail], [400, 'there is no such source; there are: gateway'])
  assert.equal((await call('post', '/v1/pacs/hints', { source: 'gateway', patient: 'PLANTED' })).status, 400)
  assert.equal((await call('get', '/v1/pacs/hints')).status, 405)
})

test('a UID that is none, one that nobody has, and a source that is away are told apart', async () => {
  const malformed = await call('post', STUDIES, { studyInstanceUid: 'PLANTED^NAME' })
  assert.deepEqual([malformed.status, malformed.body.detail], [400, 'studyInstanceUid: must be a UID'])
  assert.equal((await call('post', STUDIES, { studyInstanceUid: '1.2.3' })).status, 404)
  isAway = true
  const away = await call('post', STUDIES, { studyInstanceUid: UID })
  assert.deepEqual([away.status, away.body.detail], [503, 'gateway cannot be reached (unreachable)'])
  isAway = false
  assert.equal((await call('get', `${STUDIES}?state=lost`)).status, 400)
  assert.equal((await call('put', STUDIES)).status, 405)
})

test('a body that is no JSON, or too long, is refused', async () => {
  for (const body of ['{', `{"source":"${'x'.repeat(5000)}"}`]) {
    const answer = await fetch(`${service.base}/v1/pacs/hints`, { method: 'POST', body })
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [400, 'malformed-request'])
  }
})

test('without a configuration there is nothing under /v1/pacs', async () => {
  for (const [method, path] of [
    ['get', STUDIES],
    ['post', STUDIES],
    ['get', `${STUDIES}/${NONE}`],
    ['post', `${STUDIES}/${NONE}:retry`],
    ['post', `${STUDIES}/${NONE}:ignore`],
    ['post', '/v1/pacs/hints'],
  ] as const) {
    const body = { get: undefined, post: path.endsWith('hints') ? { source: 'gateway' } : { studyInstanceUid: UID } }
    const { status, body: problem } = await call(method, path, body[method], bare)
    assert.deepEqual([status, problem.detail.includes('ONELABEL_PACS_CONFIG')], [404, true], path)
  }
})

test('each path is for its scope, however it is spelt: hint for hints alone, pacs for studies, submit for neither', async (t) => {
  const access = {
    anonymous: null,
    async identify(key: string) {
      return { owner: `key:${key}`, scopes: [key as Scope], limits: {} }
    },
  }
  const keyed = await startTestService({}, authenticate({ access, openMetrics: false }), pacs)
  t.after(() => keyed.close())
  const allowed: readonly [method: string, path: string, scopes: readonly Scope[]][] = [
    ['GET', STUDIES, ['pacs', 'admin']],
    ['GET', '/V1/PACS/studies/', ['pacs', 'admin']],
    ['POST', STUDIES, ['pacs', 'admin']],
    ['GET', `${STUDIES}/${NONE}`, ['pacs', 'admin']],
    ['POST', `${STUDIES}/${NONE}:retry`, ['pacs', 'admin']],
    ['POST', `${STUDIES}/${NONE}:ignore`, ['pacs', 'admin']],
    ['POST', '/v1/pacs/hints', ['hint', 'admin']],
    ['POST', '/v1/Pacs/hints/', ['hint', 'admin']],
    ['GET', '/v1/models', ['submit', 'admin']],
    ['GET', '/v1/pacsx', ['submit', 'admin']],
    ['GET', '/v1/effects', ['admin']],
  ]
  for (const [method, path, scopes] of allowed) {
    for (const scope of SCOPES) {
      const { status } = await fetch(keyed.base + path, { method, headers: { Authorization: `Bearer ${scope}` } })
      assert.equal(status !== 403, scopes.includes(scope), `${method} ${path} with ${scope}: ${status}`)
    }
  }
})

test('every answer that openapi.yaml promises under /v1/pacs was given above', () => {
  const missing = promised().filter((answer) => answer.includes(' /v1/pacs/') && !answered.has(answer))
  // A store that does not answer, as everywhere: postgres-faults.test.ts.
  assert.deepEqual(missing, [
    'GET /v1/pacs/studies 503',
    'POST /v1/pacs/studies/{id}:retry 503',
    'POST /v1/pacs/studies/{id}:ignore 503',
    'GET /v1/pacs/studies/{id} 503',
    'POST /v1/pacs/hints 503',
  ])
})

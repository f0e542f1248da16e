/** Behind a proxy that has the service under a prefix, whether it takes the prefix off or not. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { FaultError } from '../src/errors.ts'
import { startGuardedService } from './fixtures/guarded.ts'
import { hang, startTestService, succeed, type TestService, until } from './fixtures/service.ts'
import { readEvents } from './fixtures/sse.ts'

const PREFIX = '/onelabel'
let service: TestService
before(async () => {
  service = await startTestService({ basePath: PREFIX })
})
after(() => service.close())

function post(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = new FormData()
  body.set('t1', new Blob(['scan']))
  return fetch(service.base + path, { method: 'POST', body, headers })
}

test('with the prefix and without it a request is the same, and Location has it', async () => {
  service.segment = succeed
  for (const prefix of ['', PREFIX]) {
    const { status, headers } = await post(`${prefix}/v1/segmentations?`)
    assert.equal(status, 200)
    const location = headers.get('location')!
    assert.match(location, /^\/onelabel\/v1\/segmentations\/[0-9a-f-]{36}$/)
    for (const path of [location, location.replace(PREFIX, '')]) {
      const job = (await (await fetch(service.base + path)).json()) as { state: string }
      assert.equal(job.state, 'succeeded')
    }
  }
  assert.equal((await fetch(`${service.base}${PREFIX}${PREFIX}/livez`)).status, 404)
  assert.equal((await fetch(`${service.base}${PREFIX}s/livez`)).status, 404)
})

test('the instance of a problem that is a path has the prefix: in the answer, in the document, in the events', async () => {
  service.segment = async () => {
    throw new FaultError('scan-constant', 'the same everywhere')
  }
  const answered = await post('/v1/segmentations')
  const { instance } = (await answered.json()) as { instance: string }
  assert.equal(instance, answered.headers.get('location'))
  assert.ok(instance.startsWith(`${PREFIX}/v1/segmentations/`))
  const document = (await (await fetch(service.base + instance)).json()) as { problem: { instance: string } }
  assert.equal(document.problem.instance, instance)
  const events = await readEvents(await fetch(`${service.base}${instance}/events`)).whole()
  assert.ok(events.includes(`"instance":"${instance}"`), events)
})

test('a job that still runs is cancelled under the prefix', async () => {
  service.segment = hang
  const location = (await post('/v1/segmentations', { Prefer: 'respond-async' })).headers.get('location')!
  await until(async () => (await service.counts()).running === 1)
  assert.equal((await fetch(service.base + location, { method: 'DELETE' })).status, 202)
  assert.equal((await service.ended(location.split('/').at(-1)!)).state, 'cancelled')
})

test('every link of the page answers, from the address that a browser ends at', async () => {
  for (const address of ['/', `${PREFIX}/`, PREFIX]) {
    const page = await fetch(service.base + address)
    const links = [...(await page.text()).matchAll(/href="([^"]+)"/g)].map(([, link]) => link!)
    assert.ok(links.length > 3)
    for (const link of links) assert.equal((await fetch(new URL(link, page.url))).status, 200, `${link} of ${address}`)
  }
})

test('the description names the prefix as its server', async () => {
  const { servers } = parse(await (await fetch(`${service.base}/openapi.yaml`)).text())
  assert.deepEqual(servers, [{ url: PREFIX }])
})

test('the request is counted and logged by its route, not by its prefix', async () => {
  await fetch(`${service.base}${PREFIX}/v1/models`)
  const routes = () => service.logLines.map((line) => (JSON.parse(line) as { route?: string }).route)
  await until(() => routes().includes('/v1/models'))
  assert.ok(!routes().some((route) => route?.includes(PREFIX)))
})

test('under the prefix a key is asked for wherever it is asked for without it', async (t) => {
  const guarded = await startGuardedService({ basePath: PREFIX })
  t.after(() => guarded.close())
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${guarded.port}${path}`)).status
  for (const path of ['/v1/models', '/metrics', '/nowhere', '/v1/segmentations/x']) {
    assert.deepEqual([await statusOf(path), await statusOf(PREFIX + path)], [401, 401], path)
  }
  for (const path of ['/livez', '/openapi.yaml', '/']) assert.equal(await statusOf(PREFIX + path), 200, path)
})

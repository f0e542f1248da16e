import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RawAnswer, raw } from '../../test/fixtures/guarded.ts'
import { startTestService, type TestService } from '../../test/fixtures/service.ts'
import { readConfig } from '../config.ts'
import { anonymousAccess } from '../security/exposure.ts'
import { authenticate } from './auth.ts'

const VIEWER = 'https://viewer.example.org'
const STRANGER = 'https://stranger.example.org'

const started: TestService[] = []
/** On loopback and without keys, as the service is run by itself. */
async function serve(corsOrigins: readonly string[]): Promise<TestService> {
  const access = {
    anonymous: anonymousAccess({ host: '127.0.0.1', allowAnonymous: false }),
    identify: () => assert.fail('asked for a key'),
  }
  const service = await startTestService({ corsOrigins }, authenticate({ access, openMetrics: false, corsOrigins }))
  started.push(service)
  return service
}
let closed: TestService
let listed: TestService
let open: TestService
before(async () => {
  closed = await serve([])
  listed = await serve(['http://localhost:3000', VIEWER])
  open = await serve(['*'])
})
after(() => Promise.all(started.map((service) => service.close())))

/** As a browser sends it for a page of the origin: fetch() may not set these headers. */
function page(on: TestService, origin: string, start: string, headers: readonly string[] = []): Promise<RawAnswer> {
  const site = start.startsWith('OPTIONS')
    ? []
    : ['Sec-Fetch-Site: cross-site', 'Content-Type: application/octet-stream']
  const all = [`Host: localhost:${on.port}`, 'Connection: close', `Origin: ${origin}`, ...site, ...headers]
  const body = start.startsWith('POST') ? 'scan' : ''
  return raw(on.port, [[`${start} HTTP/1.1`, ...all, `Content-Length: ${body.length}`, '', body].join('\r\n')])
}
const PREFLIGHT = 'OPTIONS /v1/segmentations?channel=t1'
const ASKED = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization,prefer']
const POST = 'POST /v1/segmentations?channel=t1'
const headerOf = ({ text }: RawAnswer, name: string) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1]
const ALLOWED = 'Access-Control-Allow-Origin'

test('by itself no page of another origin may call: no header says so, a preflight is 405, a form is refused', async () => {
  const asked = await page(closed, VIEWER, PREFLIGHT, ASKED)
  assert.equal(asked.status, 405)
  const posted = await page(closed, VIEWER, POST)
  assert.deepEqual([posted.status, posted.code], [403, 'forbidden'])
  const read = await page(closed, VIEWER, 'GET /v1/models')
  for (const answer of [asked, posted, read]) assert.ok(!/^Access-Control-/im.test(answer.text), answer.text)
})

test('a page of an origin in the list may: its preflight is answered, its scan taken, the headers that it needs are shown', async () => {
  const asked = await page(listed, VIEWER, PREFLIGHT, ASKED)
  assert.deepEqual([asked.status, headerOf(asked, ALLOWED), headerOf(asked, 'Vary')], [204, VIEWER, 'Origin'])
  assert.match(headerOf(asked, 'Access-Control-Allow-Methods') ?? '', /\bPOST\b.*\bDELETE\b/)
  for (const name of ['Authorization', 'X-Api-Key', 'Content-Encoding', 'Content-Type', 'Prefer', 'Idempotency-Key']) {
    assert.ok(headerOf(asked, 'Access-Control-Allow-Headers')?.split(', ').includes(name), name)
  }
  const posted = await page(listed, VIEWER, POST)
  assert.deepEqual([posted.status, headerOf(posted, ALLOWED), headerOf(posted, 'Vary')], [200, VIEWER, 'Origin'])
  for (const name of ['Location', 'Retry-After', 'X-Model', 'X-Device', 'X-Request-Id']) {
    assert.ok(headerOf(posted, 'Access-Control-Expose-Headers')?.split(', ').includes(name), name)
  }
  const job = headerOf(posted, 'Location')
  assert.equal((await page(listed, VIEWER, `GET ${job}/labels`)).status, 200)
})

test('a refusal can be read as well', async () => {
  const wrong = await page(listed, VIEWER, 'POST /v1/segmentations')
  assert.deepEqual([wrong.status, headerOf(wrong, ALLOWED)], [400, VIEWER])
})

test('another origin may not, nor one that only looks like it, nor a sandbox', async () => {
  for (const origin of [STRANGER, `${VIEWER}.evil.example`, 'http://viewer.example.org', 'null']) {
    const asked = await page(listed, origin, PREFLIGHT, ASKED)
    const posted = await page(listed, origin, POST)
    assert.deepEqual([asked.status, posted.status], [405, 403], origin)
    for (const answer of [asked, posted]) {
      assert.deepEqual([headerOf(answer, ALLOWED), headerOf(answer, 'Vary')], [undefined, 'Origin'])
    }
  }
})

test('with * any page may, and none is let use what the browser knows of the user', async () => {
  for (const start of [PREFLIGHT, POST]) {
    const answer = await page(open, STRANGER, start, start === PREFLIGHT ? ASKED : [])
    assert.equal(headerOf(answer, ALLOWED), '*')
    assert.equal(headerOf(answer, 'Access-Control-Allow-Credentials'), undefined)
  }
})

test('where nobody is asked for a key, pages see no list of jobs and change nothing; programs still do', async () => {
  for (const [on, origin] of [
    [listed, VIEWER],
    [open, STRANGER],
  ] as const) {
    for (const start of ['GET /v1/segmentations', 'GET /v1/effects', 'POST /v1/models:reload']) {
      const answer = await page(on, origin, start)
      assert.deepEqual([answer.status, answer.code], [403, 'forbidden'], start)
    }
    assert.equal((await fetch(`${on.base}/v1/segmentations`)).status, 200)
  }
})

test('the setting takes origins as browsers say them and refuses what never matches', () => {
  const read = (list: string) => readConfig({ ONELABEL_CORS_ORIGINS: list })
  const config = (list: string) => {
    const result = read(list)
    return result.ok ? result.config.corsOrigins : result.faults
  }
  assert.deepEqual(config('none'), [])
  assert.deepEqual(config('*'), ['*'])
  assert.deepEqual(config(`${VIEWER}, http://localhost:3000`), [VIEWER, 'http://localhost:3000'])
  for (const wrong of [
    '',
    `${VIEWER}/`,
    `${VIEWER}/page`,
    'viewer.example.org',
    'HTTPS://viewer.example.org',
    'null',
    `${VIEWER}:443`,
  ]) {
    assert.equal(read(wrong).ok, false, wrong)
  }
})

/**
 * Answers through a real proxy, and to clients that go away: neither is a failure of the service. Nothing is asked of callers
 * here, as on one's own machine; a proxy as it comes is not seen.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { authenticate } from '../src/api/auth.ts'
import { anonymousAccess } from '../src/security/exposure.ts'
import { noNginx, plainServer, startNginx } from './fixtures/nginx.ts'
import { report, startTestService, type TestService, until } from './fixtures/service.ts'

let service: TestService
before(async () => {
  const anonymous = anonymousAccess({ host: '127.0.0.1', allowAnonymous: false })
  const access = { anonymous, identify: () => Promise.reject(new Error('nobody is asked')) }
  service = await startTestService({}, authenticate({ access, openMetrics: false }))
})
after(() => service.close())
let linesBefore = 0
beforeEach(() => {
  linesBefore = service.logLines.length
})

interface Line {
  readonly msg: string
  readonly route?: string
  readonly status?: string
  readonly code?: string
}
const linesSince = () => service.logLines.slice(linesBefore).map((line) => JSON.parse(line) as Line)
const statuses = () => linesSince().flatMap(({ msg, status }) => (msg === 'request' && status ? [status] : []))
const failures = async () =>
  (await (await fetch(`${service.base}/metrics`)).text()).match(/^onelabel_failures_total.*/gm)

/** Sends a scan whose label map has so many bytes. @returns the path of its job */
async function segmented(base: string, bytes: number): Promise<string> {
  service.segment = async ({ outPath }) => {
    writeFileSync(outPath, randomBytes(bytes))
    return report
  }
  const body = new FormData()
  body.set('t1', new Blob(['scan']))
  const response = await fetch(`${base}/v1/segmentations`, { method: 'POST', body })
  assert.equal((await response.arrayBuffer()).byteLength, bytes)
  return response.headers.get('location')!
}

test('fifty answers through nginx as it comes are whole, and none is logged as aborted or as a bug', {
  skip: noNginx,
}, async (t) => {
  const base = await startNginx(t, service.port)
  for (let i = 0; i < 25; i++) {
    const bytes = i % 2 === 0 ? 1000 : 2_000_000
    const labels = await fetch(`${base}${await segmented(base, bytes)}/labels`)
    assert.equal((await labels.arrayBuffer()).byteLength, bytes)
  }
  await until(() => statuses().length === 50)
  assert.deepEqual(new Set(statuses()), new Set(['200']))
  assert.deepEqual(
    linesSince().filter(({ msg }) => msg === 'bug'),
    [],
  )
})

test('a client that goes away in the middle of a label map is an aborted request and no failure', async (t) => {
  const printed = t.mock.method(console, 'error', () => {})
  const path = await segmented(service.base, 20_000_000)
  const before = await failures()
  const client = connect(service.port, '127.0.0.1')
  client.write(`GET ${path}/labels HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await once(client, 'data')
  client.destroy()
  await until(() => statuses().includes('aborted'))
  assert.deepEqual(
    linesSince().filter(({ msg }) => msg === 'bug' || msg === 'refused'),
    [],
  )
  assert.deepEqual(await failures(), before)
  assert.equal(printed.mock.callCount(), 0)
})

test('a proxy that says so is refused where nothing is asked of callers', { skip: noNginx }, async (t) => {
  for (const more of ['proxy_set_header X-Forwarded-For $remote_addr;', 'proxy_set_header Host mri.example.org;']) {
    const base = await startNginx(t, service.port, plainServer('/', `http://127.0.0.1:${service.port}`, more))
    const refused = await fetch(`${base}/v1/models`)
    assert.equal(refused.status, 403)
    assert.match(((await refused.json()) as { detail: string }).detail, /ONELABEL_KEYS_FILE/)
    assert.equal((await fetch(`${base}/livez`)).status, 200)
  }
})

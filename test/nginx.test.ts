/** Through Debian's nginx: as it comes, with a path prefix, and as deploy/nginx/onelabel.conf has it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { SETTINGS } from '../src/config.ts'
import { makeCertificate, noOpenssl } from './fixtures/certificate.ts'
import { startGuardedService } from './fixtures/guarded.ts'
import { noNginx, plainServer, startNginx } from './fixtures/nginx.ts'
import { report, type Segment, startTestService, type TestService, until } from './fixtures/service.ts'
import { readEvents } from './fixtures/sse.ts'

const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../deploy/nginx/onelabel.conf'), 'utf8')
const ANSWERS = 50

type Ask = (url: string | URL, init?: RequestInit) => Promise<Response>

/** Its label map is the scan itself: an answer that is cut short, or another's, shows. */
const echo: Segment = async ({ scans, outPath }) => {
  copyFileSync(scans['t1']!, outPath)
  return report
}

/** More than all of nginx's buffers for one answer, less than the body of 1 MB that it allows. */
const newScan = () => new Uint8Array(randomBytes(300_000))

function formWith(scan: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData()
  form.set('t1', new Blob([scan]), 'scan.nii')
  return form
}

async function bytesOf(response: Response): Promise<Buffer> {
  assert.equal(response.status, 200)
  return Buffer.from(await response.arrayBuffer())
}

interface Line {
  readonly msg: string
}
const lines = (service: TestService) => service.logLines.map((line) => JSON.parse(line) as Line)

/** Half of the answers waited for, half fetched later; then the log and the metrics of the service. */
async function exchange(service: TestService, base: string, ask: Ask, metrics: () => Promise<string>): Promise<void> {
  service.segment = echo
  const url = `${base}/v1/segmentations`
  for (let i = 0; i < ANSWERS; i += 2) {
    const scan = newScan()
    const waited = await ask(url, { method: 'POST', body: formWith(scan) })
    assert.ok((await bytesOf(waited)).equals(scan))
    const job = await ask(new URL(waited.headers.get('location')!, url))
    assert.equal(JSON.parse(String(await bytesOf(job))).state, 'succeeded')

    const later = await ask(url, { method: 'POST', body: formWith(scan), headers: { Prefer: 'respond-async' } })
    assert.equal(later.status, 202)
    const { id } = (await later.json()) as { id: string }
    await service.ended(id)
    const labels = await ask(new URL(`${later.headers.get('location')}/labels`, url))
    assert.ok((await bytesOf(labels)).equals(scan))
  }
  await until(() => lines(service).filter(({ msg }) => msg === 'request').length === 2 * ANSWERS)
  assert.deepEqual(
    lines(service).filter(({ msg }) => msg === 'bug'),
    [],
  )
  const counted = (await metrics()).match(/^onelabel_failures_total\{.*[1-9]\d*$/gm)
  assert.equal(counted, null)
}

test(`${ANSWERS} answers through nginx with nothing set are whole, and none counts as a failure`, {
  skip: noNginx,
}, async (t) => {
  const service = await startTestService()
  t.after(() => service.close())
  const base = await startNginx(t, service.port)
  await exchange(service, base, fetch, async () => (await fetch(`${service.base}/metrics`)).text())
})

test(`${ANSWERS} answers under a prefix that nginx takes off are whole, and their links lead back`, {
  skip: noNginx,
}, async (t) => {
  const service = await startTestService({ basePath: '/onelabel' })
  t.after(() => service.close())
  const server = plainServer('/onelabel/', `http://127.0.0.1:${service.port}/`)
  const base = await startNginx(t, service.port, server)
  await exchange(service, `${base}/onelabel`, fetch, async () => (await fetch(`${service.base}/metrics`)).text())
})

/** As fetch(), trusting this certificate, and with these headers. */
function askOverTls(ca: string, always: Record<string, string>): Ask {
  return async (url, init) => {
    const { method, headers, body } = new Request(url, init)
    const options = { method, ca, headers: { ...Object.fromEntries(headers), ...always } }
    const sent = httpsRequest(url, options)
    sent.end(body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer()))
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const stream = Readable.toWeb(answer) as ReadableStream<Uint8Array>
    return new Response(stream, { status: answer.statusCode!, headers: answer.headers as Record<string, string> })
  }
}

/** The example but for what differs from machine to machine: ports, certificate, log. */
function exampleWith(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [of, value]) => {
    assert.equal(text.split(of).length, 2, `${of} stands in the example once`)
    return text.replace(of, value)
  }, EXAMPLE)
}

async function startExample(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-nginx-tls-'))
  const guarded = await startGuardedService({ basePath: '/onelabel' })
  t.after(async () => {
    await guarded.close()
    rmSync(folder, { recursive: true })
  })
  const { cert, key } = makeCertificate(folder)
  const log = join(folder, 'access.log')
  const server = (port: number) =>
    exampleWith({
      'listen 443': `listen 127.0.0.1:${port}`,
      'server 127.0.0.1:8080': `server 127.0.0.1:${guarded.port}`,
      '/etc/ssl/onelabel/fullchain.pem': cert,
      '/etc/ssl/onelabel/privkey.pem': key,
      '/var/log/nginx/onelabel.log': log,
    })
  const base = (await startNginx(t, guarded.port, server)).replace('http:', 'https:')
  const caller = { Authorization: `Bearer ${await guarded.addKey('caller', ['submit'])}` }
  const ca = readFileSync(cert, 'utf8')
  return { guarded, url: `${base}/onelabel`, ca, log, ask: askOverTls(ca, caller) }
}

const noExample = noNginx || noOpenssl

test(`${ANSWERS} answers through the example are whole, and their links lead back`, { skip: noExample }, async (t) => {
  const { guarded, url, ask } = await startExample(t)
  const headers = { Authorization: `Bearer ${await guarded.addKey('prometheus', ['metrics'])}` }
  await exchange(guarded.inner, url, ask, async () =>
    (await fetch(`${guarded.inner.base}/metrics`, { headers })).text(),
  )
})

test('the events of a job come through the example while it runs', { skip: noExample }, async (t) => {
  const { guarded, url, ask } = await startExample(t)
  const mayEnd = Promise.withResolvers<void>()
  guarded.inner.segment = async (...args) => {
    await mayEnd.promise
    return echo(...args)
  }
  t.after(() => mayEnd.resolve())
  const scans = `${url}/v1/segmentations`
  const headers = { Prefer: 'respond-async' }
  const accepted = await ask(scans, { method: 'POST', body: formWith(newScan()), headers })
  const events = readEvents(await ask(new URL(`${accepted.headers.get('location')}/events`, scans)))
  let state = (await events.next())?.state
  assert.ok(state === 'queued' || state === 'running', state)
  mayEnd.resolve()
  while (state !== 'succeeded') {
    const event = await events.next()
    assert.ok(event !== undefined, 'the stream ended before the job')
    state = event.state
  }
})

test('a refusal reaches a sender through the example before all of the scan is sent', {
  skip: noExample,
}, async (t) => {
  const { guarded, url, ca } = await startExample(t)
  const headers = { Authorization: 'Bearer wrong', 'Content-Length': '20000000' }
  const sent = httpsRequest(`${url}/v1/segmentations`, { method: 'POST', ca, headers })
  sent.write(new Uint8Array(1000)) // and no more
  const [refused] = (await once(sent, 'response')) as [IncomingMessage]
  assert.equal(refused.statusCode, 401)
  assert.match(await new Response(Readable.toWeb(refused) as ReadableStream<Uint8Array>).text(), /"unauthenticated"/)
  sent.destroy()
  assert.deepEqual(guarded.inner.leftovers(), [])
})

test('the example logs the id that the client gave, or one of its own, and shows no metrics', {
  skip: noExample,
}, async (t) => {
  const { url, ask, log } = await startExample(t)
  await (await ask(`${url}/v1/models?secret`, { headers: { 'X-Request-Id': 'from-the-client-7' } })).text()
  await (await ask(`${url}/livez`)).text()
  assert.equal((await ask(`${url}/metrics`)).status, 404)
  const logged = () => (existsSync(log) ? readFileSync(log, 'utf8') : '')
  await until(() => logged().split('\n').length === 4)
  assert.match(logged(), /"GET \/onelabel\/v1\/models" 200 .* id=from-the-client-7\n/)
  assert.match(logged(), /"GET \/onelabel\/livez" 200 .* id=[0-9a-f]{32}\n/)
})

test('the example allows what the service allows: bodies of four channels, and the longest wait', () => {
  const value = (directive: string) => Number(new RegExp(`${directive} (\\d+)`).exec(EXAMPLE)?.[1])
  const { maxUploadBytes, syncWaitMs, basePath } = SETTINGS
  assert.ok(value('client_max_body_size') * 2 ** 20 > 4 * Number(maxUploadBytes.fallback))
  assert.ok(value('proxy_read_timeout') > Number(syncWaitMs.fallback))
  const prefix = /location (\/[a-z]+)\/ /.exec(EXAMPLE)?.[1]
  assert.ok(prefix !== undefined && EXAMPLE.includes(`${basePath.env}=${prefix} `))
})

/**
 * SIGTERM to an API and to workers that share a data folder, as a rolling update or systemd sends it: real processes, and
 * for the workers the whole process group, their compute process with them.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createGate } from '../fixtures/gate.ts'
import { procMissing, type RealService, startRealService } from '../fixtures/real-service.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../fixtures/tiny-model.ts'

const skip = procMissing
const LONG_EDGE = 48
const EDGE = 24
/** Longer than any patience: a job that is given back has not waited for it. */
const LEASE_S = 3_600
const gate = createGate()

let folder: string
let api: RealService
const services: RealService[] = []
before(async () => {
  if (skip !== false) return
  folder = mkdtempSync(join(tmpdir(), 'onelabel-drain-'))
  await makeTinyModel(join(folder, 'models'))
  api = await start('api', {})
})
beforeEach(gate.close)
after(async () => {
  gate.remove()
  for (const service of services) await service.end('SIGKILL')
  if (folder !== undefined) rmSync(folder, { recursive: true, maxRetries: 5 })
})

async function start(role: 'api' | 'worker', settings: Readonly<Record<string, string>>): Promise<RealService> {
  const common = {
    ...gate.env,
    ONELABEL_ROLE: role,
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_CACHE: '0',
    ONELABEL_LEASE_S: String(LEASE_S),
  }
  const service = await startRealService({ ...common, ...settings }, { detached: true })
  services.push(service)
  await service.ready()
  return service
}

interface Seen {
  readonly state: string
  readonly progress: { readonly stage: string; readonly done: number }
}
const seen = async (location: string) => (await (await fetch(api.base + location)).json()) as Seen
const stateOf = async (location: string) => (await seen(location)).state

async function post(edge: number): Promise<string> {
  const headers = { 'Content-Type': 'application/octet-stream', Prefer: 'respond-async' }
  const body = new Uint8Array(tinyScan(edge))
  const answer = await fetch(`${api.base}/v1/segmentations?channel=t1`, { method: 'POST', headers, body })
  assert.equal(answer.status, 202)
  return answer.headers.get('location')!
}

async function inItsPatches(location: string): Promise<void> {
  await until(async () => {
    const { state, progress } = await seen(location)
    assert.ok(state === 'queued' || state === 'running', `it is ${state} already`)
    return state === 'running' && progress.stage === 'infer' && progress.done >= 1
  })
}

async function holdToArithmetic(location: string, edge: number): Promise<void> {
  gate.open()
  await until(async () => (await stateOf(location)) === 'succeeded')
  const map = gunzipSync(new Uint8Array(await (await fetch(`${api.base}${location}/labels`)).arrayBuffer()))
  const { labels } = tinyHead(edge)
  assert.deepEqual(new Uint8Array(map.subarray(map.length - labels.length)), labels)
}

const termToGroup = ({ pid }: RealService) => void process.kill(-pid, 'SIGTERM')

test('SIGTERM to the group of a worker: not ready, no new job, the running one is finished, exit 0', {
  skip,
}, async () => {
  const worker = await start('worker', { ONELABEL_DRAIN_S: '3600' })
  const [computePid] = worker.childPids()
  const running = await post(LONG_EDGE)
  const waiting = [await post(EDGE), await post(EDGE)]
  await inItsPatches(running)
  termToGroup(worker)
  await until(async () => (await fetch(`${worker.base}/readyz`)).status === 503)
  const { reasons } = (await (await fetch(`${worker.base}/readyz`)).json()) as { reasons: string[] }
  assert.deepEqual(reasons, ['the service is stopping'])
  assert.equal((await fetch(`${worker.base}/livez`)).status, 200)
  assert.equal(await stateOf(running), 'running')
  gate.open()

  assert.equal(await worker.exited, 0)
  assert.equal(await stateOf(running), 'succeeded')
  assert.deepEqual(await Promise.all(waiting.map(stateOf)), ['queued', 'queued'])
  assert.ok(!existsSync(`/proc/${computePid}`), 'its compute process went with it')
  assert.ok(!worker.lines.some((line) => /"msg":"a job waits again"/.test(line)), 'it was computed once')
  assert.equal((await fetch(`${api.base}/readyz`)).status, 200)
  await holdToArithmetic(running, LONG_EDGE)

  const next = await start('worker', {})
  for (const location of waiting) await holdToArithmetic(location, EDGE)
  assert.equal(await next.end('SIGTERM'), 0)
})

test('a job that does not end within the grace is given back, not left to its lease, and the next worker does it', {
  skip,
}, async () => {
  const worker = await start('worker', { ONELABEL_DRAIN_S: '0' })
  const location = await post(LONG_EDGE)
  await inItsPatches(location)
  termToGroup(worker)
  assert.equal(await worker.exited, 0)
  assert.equal(await stateOf(location), 'queued')
  assert.ok(worker.lines.some((line) => line.includes('"why":"drain"')))
  const work = readdirSync(join(folder, 'data/work'), { recursive: true }).map(String)
  assert.deepEqual(
    work.filter((path) => path.includes('/')),
    [],
    'no scan is left in the folder of a worker',
  )
  const next = await start('worker', {})
  await holdToArithmetic(location, LONG_EDGE)
  assert.equal(await next.end('SIGTERM'), 0)
})

test('a worker with nothing to do ends with 0 and does not wait for its grace to be over', { skip }, async () => {
  const worker = await start('worker', { ONELABEL_DRAIN_S: '3600' })
  assert.equal(await worker.end('SIGTERM'), 0)
})

test('an upload that had begun when an API was told to stop is taken; one that begins later is not', {
  skip,
}, async () => {
  const scan = tinyScan(EDGE)
  const half = connect(api.port, '127.0.0.1')
  let answer = ''
  half.on('data', (chunk) => {
    answer += chunk
  })
  const head = [
    'POST /v1/segmentations?channel=t1 HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/octet-stream',
  ]
  half.write([...head, 'Prefer: respond-async', `Content-Length: ${scan.length}`, '', ''].join('\r\n'))
  half.write(scan.subarray(0, 1000))
  const incoming = () => readdirSync(join(folder, 'data/incoming'))
  await until(() => incoming().length === 1)
  const ended = api.end('SIGTERM')
  await until(async () => (await fetch(`${api.base}/readyz`)).status === 503)
  const late = await fetch(`${api.base}/v1/segmentations?channel=t1`, { method: 'POST', body: 'scan' })
  assert.deepEqual([late.status, late.headers.get('retry-after')], [503, '5'])
  half.write(scan.subarray(1000))
  await until(() => answer.includes('"queued"'))
  assert.match(answer, /^HTTP\/1\.1 202 /)
  half.destroy()
  assert.equal(await ended, 0)
  assert.deepEqual(incoming(), [])

  const worker = await start('worker', {})
  api = await start('api', {})
  await holdToArithmetic(/^location: (\S+)/im.exec(answer)![1]!, EDGE)
  assert.equal(await worker.end('SIGTERM'), 0)
  assert.equal(await api.end('SIGTERM'), 0)
})

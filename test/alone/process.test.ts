/** The service as it is run: its own process, a real compute child, a tiny model, real requests on loopback. */
import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Report } from '../../src/inference/report.ts'
import { holdToContract } from '../fixtures/contract.ts'
import { createGate } from '../fixtures/gate.ts'
import { PATIENCE_MS } from '../fixtures/patience.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyHead, tinyScan } from '../fixtures/tiny-model.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
const LONG_EDGE = 64
const gate = createGate()

let folder: string
let service: ChildProcessByStdio<null, Readable, Readable>
let base: string
const log: string[] = []

function start(environment: Record<string, string>): ChildProcessByStdio<null, Readable, Readable> {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env
  return spawn(process.execPath, [MAIN], {
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-process-'))
  await makeTinyModel(join(folder, 'models'))
  gate.open()
  service = start({
    ...gate.env,
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_DEVICE: 'cpu',
  })
  createInterface({ input: service.stdout }).on('line', (line) => log.push(line))
  service.stderr.on('data', (chunk) => log.push(String(chunk)))
  await until(() => log.some((line) => line.includes('"listening"')))
  const { port } = JSON.parse(log.find((line) => line.includes('"listening"'))!) as { port: number }
  base = `http://127.0.0.1:${port}`
})
after(() => {
  service.kill('SIGKILL')
  gate.remove()
  rmSync(folder, { recursive: true })
})

function post(edge: number, headers: Record<string, string> = {}, fields = {}): Promise<Response> {
  const body = new FormData()
  for (const [name, value] of Object.entries<string>(fields)) body.set(name, value)
  body.set('t1', new Blob([new Uint8Array(tinyScan(edge, { gz: true }))]), 'Doe_Jane.nii.gz')
  return fetch(`${base}/v1/segmentations`, { method: 'POST', body, headers })
}

async function jobAt(
  location: string,
): Promise<{ state: string; progress: { stage: string; done: number }; problem?: { code: string } }> {
  return (await (await fetch(base + location)).json()) as Awaited<ReturnType<typeof jobAt>>
}

async function isReady(): Promise<boolean> {
  return (await fetch(`${base}/readyz`)).status === 200
}

/** The compute process, where /proc tells. */
function childPid(): number | undefined {
  const children = `/proc/${service.pid}/task/${service.pid}/children`
  return existsSync(children) ? Number(readFileSync(children, 'utf8').trim()) : undefined
}

/** A long scan that is in its patches now, and held there. */
async function startHeld(): Promise<string> {
  gate.close()
  const location = (await post(LONG_EDGE, { Prefer: 'respond-async' })).headers.get('location')!
  await until(async () => {
    const { state, progress } = await jobAt(location)
    assert.ok(['queued', 'running'].includes(state), state)
    return state === 'running' && progress.stage === 'infer' && progress.done >= 1
  })
  return location
}

test('a real upload is segmented: the map is the one that arithmetic expects', async () => {
  const response = await post(24)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('x-model'), 'tiny@0.0.1')
  assert.equal(response.headers.get('x-device'), 'cpu')
  const map = gunzipSync(new Uint8Array(await response.arrayBuffer()))
  const { labels } = tinyHead(24)
  assert.deepEqual(new Uint8Array(map.subarray(map.length - labels.length)), labels)
})

test('a real confidence map has a value wherever the network looked, and the report says what was averaged', async () => {
  const response = await post(24, { Accept: 'application/json' }, { include: 'confidence', flip: 'average' })
  assert.equal(((await response.json()) as Report).flipAverage, true)
  const map = await fetch(`${base}${response.headers.get('location')}/confidence`)
  const bytes = gunzipSync(new Uint8Array(await map.arrayBuffer())).subarray(-(24 ** 3))
  // The head fills voxels 6 … 17 of each axis, and the network saw 2 more on each side: 16³ voxels.
  assert.equal(bytes.filter((byte) => byte > 0).length, 16 ** 3)
})

test('a real report keeps to openapi.yaml and counts what arithmetic counts', async () => {
  const response = await post(24, { Accept: 'application/json' })
  const report = (await response.json()) as Report
  holdToContract('POST', '/v1/segmentations', {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: report,
  })
  const { labels } = tinyHead(24)
  const expected = [0, 1, 2].map((value) => labels.filter((label) => label === value).length)
  assert.deepEqual(
    report.labels.map(({ voxels }) => voxels),
    expected,
  )
  assert.deepEqual([report.lesions.count, report.input['t1']?.shape], [1, [24, 24, 24]])
})

test('it is ready when the golden case was reproduced, and says so with the number', async () => {
  assert.ok(await isReady())
  const { models } = (await (await fetch(`${base}/readyz`)).json()) as { models: { goldenAgreement: number }[] }
  assert.ok(models[0]!.goldenAgreement >= 0.999)
})

test('while the compute process does not get round to anything, every question is answered', async (t) => {
  const pid = childPid()
  if (pid === undefined) return t.skip('no /proc to find the compute process in')
  const location = await startHeld()
  process.kill(pid, 'SIGSTOP') // as a patch blocks it
  for (let n = 0; n < 50; n++) assert.equal((await fetch(`${base}/livez`)).status, 200)
  assert.equal((await jobAt(location)).state, 'running')
  process.kill(pid, 'SIGCONT')
  await fetch(base + location, { method: 'DELETE' })
  gate.open()
  await until(async () => (await jobAt(location)).state === 'cancelled')
})

test('a cancelled scan ends and the next one is segmented', async () => {
  const location = await startHeld()
  assert.equal((await fetch(base + location, { method: 'DELETE' })).status, 202)
  gate.open()
  await until(async () => (await jobAt(location)).state === 'cancelled')
  assert.equal((await post(24)).status, 200)
})

test('SIGKILL of the compute process: the request is computed again and answered', async (t) => {
  const pid = childPid()
  if (pid === undefined) return t.skip('no /proc to find the compute process in')
  const location = await startHeld()
  process.kill(pid, 'SIGKILL')
  gate.open()
  await until(async () => {
    const { state } = await jobAt(location)
    assert.ok(['queued', 'running', 'succeeded'].includes(state), state)
    return state === 'succeeded'
  })
  const map = gunzipSync(new Uint8Array(await (await fetch(`${base}${location}/labels`)).arrayBuffer()))
  const { labels } = tinyHead(LONG_EDGE)
  assert.deepEqual(new Uint8Array(map.subarray(map.length - labels.length)), labels)
  const metrics = await (await fetch(`${base}/metrics`)).text()
  assert.match(metrics, /onelabel_child_restarts_total\{reason="crash"\} 1/)
  assert.match(metrics, /onelabel_job_retries_total\{reason="compute-crashed"\} 1/)
})

test('no line of the log names the file', () => {
  assert.ok(log.length > 10)
  assert.ok(!log.join('').includes('Doe_Jane'))
})

test('SIGTERM ends it also when the reader of its log has died', async () => {
  const placeholder = createServer().listen(0, '127.0.0.1')
  await once(placeholder, 'listening')
  const { port } = placeholder.address() as AddressInfo
  placeholder.close()
  const deaf = start({
    ONELABEL_PORT: String(port),
    ONELABEL_DATA_DIR: join(folder, 'deaf'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
  })
  await until(() =>
    fetch(`http://127.0.0.1:${port}/livez`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  deaf.stdout.destroy()
  deaf.kill('SIGTERM')
  const timer = setTimeout(() => deaf.kill('SIGKILL'), PATIENCE_MS)
  const [code] = await once(deaf, 'exit')
  clearTimeout(timer)
  assert.equal(code, 0)
})

test('SIGTERM: it is drained and ends with 0, and its child with it', async () => {
  const pid = childPid()
  const [code] = await Promise.all([once(service, 'close').then(([c]) => c), service.kill('SIGTERM')])
  assert.equal(code, 0)
  assert.match(log.at(-1) ?? '', /"stopped"/)
  if (pid !== undefined) await until(() => !existsSync(`/proc/${pid}`))
})

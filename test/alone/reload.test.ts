/** Models that change under a running service: its own process, real compute children, requests on loopback. */
import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import type { ModelsChange } from '../../src/compute/model-change.ts'
import type { Report } from '../../src/inference/report.ts'
import { holdToContract } from '../fixtures/contract.ts'
import { createGate } from '../fixtures/gate.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyScan } from '../fixtures/tiny-model.ts'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
const LONG_EDGE = 64
const gate = createGate()

let folder: string
let service: ChildProcessByStdio<null, Readable, Readable>
let base: string
const log: string[] = []
const modelsDir = () => join(folder, 'models')

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-reload-'))
  await makeTinyModel(modelsDir(), { slowMatMuls: 1 }) // other weights than those of the later ones
  const env = {
    ...gate.env,
    PATH: process.env['PATH'] ?? '',
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: modelsDir(),
    ONELABEL_DEVICE: 'cpu',
    ONELABEL_CACHE: '0',
    ONELABEL_MIN_FREE_BYTES: '0',
  }
  service = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  createInterface({ input: service.stdout }).on('line', (line) => log.push(line))
  service.stderr.on('data', (chunk) => log.push(String(chunk)))
  await until(() => log.some((line) => line.includes('"listening"')))
  const { port } = JSON.parse(log.find((line) => line.includes('"listening"'))!) as { port: number }
  base = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${base}/readyz`)).status === 200)
})
after(() => {
  service.kill('SIGKILL')
  gate.remove()
  rmSync(folder, { recursive: true })
})

function post(edge: number, headers: Record<string, string>): Promise<Response> {
  const body = new FormData()
  body.set('t1', new Blob([new Uint8Array(tinyScan(edge, { gz: true }))]), 'scan.nii.gz')
  return fetch(`${base}/v1/segmentations`, { method: 'POST', body, headers })
}

async function versionNow(): Promise<string> {
  const response = await post(24, { Accept: 'application/json' })
  assert.equal(response.status, 200)
  return ((await response.json()) as Report).model.version
}

async function listedVersions(): Promise<string[]> {
  const { models } = (await (await fetch(`${base}/v1/models`)).json()) as { models: { version: string }[] }
  return models.map(({ version }) => version)
}

/** Held to openapi.yaml. */
async function reload(): Promise<{ status: number; body: Partial<ModelsChange> & { code?: string; detail?: string } }> {
  const response = await fetch(`${base}/v1/models:reload`, { method: 'POST' })
  const given = { status: response.status, body: (await response.json()) as Awaited<ReturnType<typeof reload>>['body'] }
  holdToContract('POST', '/v1/models:reload', { ...given, headers: Object.fromEntries(response.headers) })
  return given
}

interface JobDocument {
  readonly state: string
  readonly progress: { readonly stage: string; readonly done: number }
  readonly report?: Report
}

async function jobAt(location: string): Promise<JobDocument> {
  return (await (await fetch(base + location)).json()) as JobDocument
}

/** The compute processes, where /proc tells. */
function childPids(): readonly number[] | undefined {
  const children = `/proc/${service.pid}/task/${service.pid}/children`
  if (!existsSync(children)) return undefined
  return readFileSync(children, 'utf8').trim().split(/\s+/).map(Number)
}

test('a reload while a scan is in its patches: that scan ends with the old model, the next one has the new', async () => {
  const location = (await post(LONG_EDGE, { Prefer: 'respond-async' })).headers.get('location')!
  await until(async () => (await jobAt(location)).progress.done >= 1)
  await makeTinyModel(modelsDir(), { version: '0.0.2' })
  const { status, body } = await reload()
  const { state } = await jobAt(location)
  assert.equal(state, 'running')
  gate.open()
  assert.equal(status, 200)
  assert.deepEqual(
    body.replaced!.map(({ id, version, was }) => [id, version, was.version]),
    [['tiny', '0.0.2', '0.0.1']],
  )
  assert.deepEqual([body.added, body.removed, body.unchanged], [[], [], []])
  assert.notEqual(body.replaced![0]!.sha256, body.replaced![0]!.was.sha256)
  assert.deepEqual(await listedVersions(), ['0.0.2'])
  assert.equal(await versionNow(), '0.0.2')
  const job = await jobAt(location)
  assert.deepEqual([job.state, job.report?.model.version], ['succeeded', '0.0.1'])
  await until(() => (childPids() ?? [0]).length === 1)
})

test('a broken model is named with the reason, nothing changes, and two reloads at once are one', async () => {
  await makeTinyModel(modelsDir(), { version: '0.0.3' })
  writeFileSync(join(modelsDir(), 'tiny/model.onnx'), 'cut off')
  const both = await Promise.all([reload(), reload()])
  const [invalid, refused] = both.sort((a, b) => b.status - a.status)
  assert.deepEqual([invalid!.status, invalid!.body.code], [422, 'model-invalid'])
  assert.match(invalid!.body.detail!, /stay as they were: the weights of model tiny are 7 bytes/)
  assert.deepEqual([refused!.status, refused!.body.code], [409, 'reload-running'])
  assert.deepEqual(await listedVersions(), ['0.0.2'])
  assert.equal(await versionNow(), '0.0.2')
  assert.equal((await fetch(`${base}/v2/models/tiny/ready`)).status, 200)
})

test('with the broken folder still there, a crash of the compute process brings the old models back', async (t) => {
  const [pid] = childPids() ?? []
  if (pid === undefined) return t.skip('no /proc to find the compute process in')
  process.kill(pid, 'SIGKILL')
  assert.equal(await versionNow(), '0.0.2')
})

test('SIGHUP reloads too, and says in the log what changed', async () => {
  await makeTinyModel(modelsDir(), { version: '0.0.3' })
  await makeTinyModel(modelsDir(), { id: 'zebra' })
  service.kill('SIGHUP')
  await until(async () => (await listedVersions()).join() === '0.0.3,0.0.1')
  assert.equal(await versionNow(), '0.0.3')
  await until(() => log.some((line) => /"models are reloaded"/.test(line) && /"added":\["zebra 0\.0\.1"\]/.test(line)))
})

test('the copies of the models are gone when it has stopped', async () => {
  const [code] = await Promise.all([once(service, 'close').then(([c]) => c), service.kill('SIGTERM')])
  assert.equal(code, 0)
  assert.deepEqual(readdirSync(join(folder, 'data/models')), [])
})

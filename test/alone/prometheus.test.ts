/**
 * A real Prometheus scrapes a real service, with the configuration and the rules of deploy/: every query of the dashboard
 * returns numbers, and every rule can be evaluated.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { newKey } from '../../src/security/keys.ts'
import { dashboardQueries } from '../fixtures/dashboard.ts'
import { freePort } from '../fixtures/free-port.ts'
import { buildNifti } from '../fixtures/nifti.ts'
import { PATIENCE_MS } from '../fixtures/patience.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyScan } from '../fixtures/tiny-model.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const skip =
  spawnSync('prometheus', ['--version']).status === 0 ? false : 'prometheus (Debian package) is not installed'
const metricsKey = newKey('metrics', randomBytes(32), { scopes: ['metrics'] })
const submitKey = newKey('tester', randomBytes(32), { scopes: ['submit'] })

let folder: string
let base: string
let prometheus: string
const children: ChildProcess[] = []

async function startService(): Promise<string> {
  await makeTinyModel(join(folder, 'models'))
  writeFileSync(join(folder, 'keys'), `${metricsKey.line}\n${submitKey.line}\n`)
  const env = {
    PATH: process.env['PATH'] ?? '',
    ONELABEL_PORT: '0',
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_KEYS_FILE: join(folder, 'keys'),
    ONELABEL_DEVICE: 'cpu',
  }
  const service = spawn(process.execPath, [join(ROOT, 'src/main.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(service)
  const lines: string[] = []
  createInterface({ input: service.stdout }).on('line', (line) => lines.push(line))
  await until(() => lines.some((line) => line.includes('"listening"')))
  const { port } = JSON.parse(lines.find((line) => line.includes('"listening"'))!) as { port: number }
  return `http://127.0.0.1:${port}`
}

/** With the configuration of deploy/, but for the address of the service, where the key lies, and one scrape a second. */
async function startPrometheus(target: string): Promise<string> {
  const config = parse(readFileSync(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8'))
  Object.assign(config.global, { scrape_interval: '1s', evaluation_interval: '1s' })
  const [job] = config.scrape_configs
  delete job.dns_sd_configs
  job.static_configs = [{ targets: [target] }]
  job.authorization.credentials_file = join(folder, 'metrics-key')
  writeFileSync(join(folder, 'metrics-key'), metricsKey.key)
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config))
  copyFileSync(join(ROOT, 'deploy/prometheus/rules.yml'), join(folder, 'rules.yml'))
  const port = await freePort()
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]
  children.push(spawn('prometheus', args, { stdio: ['ignore', 'inherit', 'inherit'] }))
  return `http://127.0.0.1:${port}`
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + PATIENCE_MS
  while (!(await holds().catch(() => false))) {
    assert.ok(Date.now() < deadlineMs, `it never comes: ${what}`)
    await new Promise((r) => setTimeout(r, 250))
  }
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

async function query(expr: string): Promise<readonly Sample[]> {
  const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expr })}`)
  const answer = (await response.json()) as { status: string; error?: string; data: { result: Sample[] } }
  assert.equal(answer.status, 'success', `${expr}: ${answer.error}`)
  return answer.data.result
}

const hasNumbers = async (expr: string) => (await query(expr)).some(({ value }) => Number.isFinite(Number(value[1])))

function post(scan: Buffer): Promise<Response> {
  const body = new FormData()
  body.set('t1', new Blob([new Uint8Array(scan)]), 'Doe_Jane.nii.gz')
  const headers = { Authorization: `Bearer ${submitKey.key}` }
  return fetch(`${base}/v1/segmentations`, { method: 'POST', body, headers })
}

/** A scan that is segmented, and one that is the same everywhere, which the computation refuses. */
async function sendJobs(edge: number): Promise<void> {
  const good = await post(tinyScan(edge, { gz: true }))
  assert.equal(good.status, 200)
  await good.arrayBuffer()
  const constant = buildNifti({ dim: [3, 2, 3, 4], data: new Float32Array(24), gz: true })
  assert.equal((await post(constant)).status, 422)
}

before(async () => {
  if (skip !== false) return
  folder = mkdtempSync(join(tmpdir(), 'onelabel-prometheus-'))
  base = await startService()
  prometheus = await startPrometheus(new URL(base).host)
  await eventually('the service is ready', async () => (await fetch(`${base}/readyz`)).ok)
  await eventually('it is scraped', () => hasNumbers('up{job="onelabel"} == 1'))
  // A series that is born with its first job shows no rate; the second job, of another scan, does.
  await sendJobs(24)
  await eventually('the first job is scraped', () => hasNumbers('onelabel_stage_duration_seconds_count{stage="infer"}'))
  await sendJobs(25)
  await eventually('the second is, too', () => hasNumbers('onelabel_stage_duration_seconds_count{stage="infer"} == 2'))
  await eventually('all four are', () => hasNumbers('sum(onelabel_job_duration_seconds_count) == 4'))
})
after(async () => {
  for (const child of children) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

/** Studies come from a PACS, and there is none here: a query of them is right when it is answered at all. */
const isOfPacs = (expr: string) => expr.includes('onelabel_pacs_')

test('the dashboard’s queries about studies of a PACS are ones that Prometheus understands', { skip }, async () => {
  const asked = dashboardQueries('1m').filter(isOfPacs)
  assert.ok(asked.length >= 6)
  for (const expr of asked) await query(expr)
})

for (const expr of dashboardQueries('1m').filter((each) => !isOfPacs(each))) {
  test(`the dashboard's query returns numbers: ${expr}`, { skip }, async () => {
    await eventually(`numbers of ${expr}`, () => hasNumbers(expr))
  })
}

test('jobs are counted as they ended: two segmented, two refused by the computation', { skip }, async () => {
  const [succeeded] = await query('onelabel_jobs_total{outcome="succeeded",reason="none"}')
  const [failed] = await query('onelabel_jobs_total{outcome="failed",reason="scan-constant"}')
  assert.deepEqual([succeeded?.value[1], failed?.value[1]], ['2', '2'])
  const [durations] = await query('sum(onelabel_job_duration_seconds_count)')
  assert.equal(durations?.value[1], '4')
})

test('every rule can be evaluated, and none of the alerts fires', { skip }, async () => {
  const response = await fetch(`${prometheus}/api/v1/rules`)
  const { data } = (await response.json()) as {
    data: { groups: { rules: { name: string; health: string; state?: string; lastError?: string }[] }[] }
  }
  const rules = data.groups.flatMap((group) => group.rules)
  assert.ok(rules.length > 10)
  assert.deepEqual(
    rules.filter(({ health, state }) => health !== 'ok' || state === 'firing'),
    [],
  )
})

test('promtool finds nothing to say of what the service really exposes', { skip }, async () => {
  const headers = { Authorization: `Bearer ${metricsKey.key}` }
  const input = await (await fetch(`${base}/metrics`, { headers })).text()
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  assert.deepEqual([status, stdout + stderr], [0, ''])
})

test('no label holds an id, a key or a file name', { skip }, async () => {
  const series = await query('{job="onelabel"}')
  const values = new Set(series.flatMap(({ metric }) => Object.values(metric)))
  assert.ok(values.size > 30)
  const ids = /[0-9a-f]{8}-[0-9a-f]{4}-|ol_|Doe|\.nii/
  assert.deepEqual(
    [...values].filter((value) => ids.test(value)),
    [],
  )
})

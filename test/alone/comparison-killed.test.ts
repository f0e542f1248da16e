/** A comparison in a service that is killed: the next start owes it, and gives what the command line gives of the same scans. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { ComparisonReport } from '../../src/inference/comparison-report.ts'
import { createGate } from '../fixtures/gate.ts'
import { type RealService, startRealService } from '../fixtures/real-service.ts'
import { until } from '../fixtures/service.ts'
import { makeTinyModel, tinyScan } from '../fixtures/tiny-model.ts'

const CLI = resolve(import.meta.dirname, '../../src/cli.ts')
const gate = createGate()
let folder: string
const services: RealService[] = []
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-compared-'))
  await makeTinyModel(join(folder, 'models'), { aligns: true })
  writeFileSync(join(folder, 't1.nii'), tinyScan(48))
})
after(async () => {
  for (const service of services) await service.end('SIGKILL')
  gate.remove()
  rmSync(folder, { recursive: true })
})

async function start(): Promise<RealService> {
  const service = await startRealService({
    ...gate.env,
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_LEASE_S: '2',
  })
  services.push(service)
  return service
}

/** A request with the scan under each of these names. */
async function post(base: string, names: readonly string[], prefer: string): Promise<Response> {
  const body = new FormData()
  for (const name of names) body.set(name, new Blob([new Uint8Array(tinyScan(48))]), 'scan.nii')
  return fetch(`${base}/v1/comparisons`, { method: 'POST', body, headers: { Prefer: prefer } })
}

type Told = { readonly state: string; readonly progress: { readonly done: number }; readonly report: ComparisonReport }

test('SIGKILL in the middle of a comparison: after the next start it has the report of the command line', async () => {
  const first = await start()
  const accepted = await post(first.base, ['before_t1', 'after_t1'], 'respond-async')
  assert.equal(accepted.status, 202)
  const location = accepted.headers.get('location')!
  const told = async (base: string) => (await (await fetch(base + location)).json()) as Told
  await until(async () => (await told(first.base)).progress.done >= 1)
  await first.end('SIGKILL')
  gate.open()

  const second = await start()
  await until(async () => (await told(second.base)).state === 'succeeded')
  const { report } = await told(second.base)

  const out = join(folder, 'out')
  const scan = join(folder, 't1.nii')
  const args = ['compare', '--before', scan, '--after', scan, '--out', out, '--models', join(folder, 'models')]
  await promisify(execFile)(process.execPath, [CLI, ...args, '--device', 'cpu'])
  const { timingsMs: _, ...ofCli } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as ComparisonReport
  const { timingsMs: __, ...ofService } = report
  assert.deepEqual(ofService, ofCli)
  assert.equal(ofCli.lesions?.count.unchanged, 1)

  const fetched = async (path: string, accept = '*/*') => {
    const answer = await fetch(`${second.base}${location}${path}`, { headers: { Accept: accept } })
    assert.equal(answer.status, 200)
    return Buffer.from(await answer.arrayBuffer())
  }
  for (const [path, file] of [
    ['/before', 'before-midway-t1.nii.gz'],
    ['/after', 'after-midway-t1.nii.gz'],
    ['/labels-before', 'before-midway.nii.gz'],
    ['/labels-after', 'after-midway.nii.gz'],
    ['/labels-before?grid=own', 'before.nii.gz'],
    ['/fates', 'fates-midway.nii.gz'],
  ] as const)
    assert.deepEqual(await fetched(path), readFileSync(join(out, file)), path)
  for (const [type, file] of [
    ['text/csv', 'changes.csv'],
    ['image/png', 'picture.png'],
    ['application/pdf', 'report.pdf'],
  ] as const)
    assert.deepEqual(await fetched('', type), readFileSync(join(out, file)), type)

  // of the same scans the same caller is given the same again, and of each job nothing but its results is kept
  const again = await post(second.base, ['before_t1', 'after_t1'], 'wait=60')
  assert.deepEqual([again.status, await again.json()], [200, report])
  const kept = () => readdirSync(join(folder, 'data/blobs')).map((id) => readdirSync(join(folder, 'data/blobs', id)))
  await until(
    () =>
      !kept()
        .flat()
        .some((name) => name.endsWith('_t1.nii')),
  )
  assert.deepEqual(
    kept().map((names) => names.length),
    [10, 10],
  )
  const audit = await promisify(execFile)(process.execPath, [CLI, 'audit', 'export'], {
    env: { ...process.env, ONELABEL_DATA_DIR: join(folder, 'data') },
  })
  const lines = audit.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly input: object })
  assert.deepEqual(Object.keys(lines[0]!.input), ['before_t1', 'after_t1'])
  assert.equal(await second.end('SIGTERM'), 0)
})

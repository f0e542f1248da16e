/** Real children, a real onnxruntime, a tiny network; the slow one works about a twentieth of a second a patch. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { makeTinyModel, type TinyModelOptions, tinyScan } from '../../test/fixtures/tiny-model.ts'
import { FaultError, type FaultKind } from '../errors.ts'
import { createLog } from '../telemetry/log.ts'
import type { ChildSettings } from './protocol.ts'
import { backoffMs, type ComputeEvent, type ComputeStatus, type Supervisor, startSupervisor } from './supervisor.ts'

const SLOW = { slowMatMuls: 20 }
const TIMEOUTS = { startMs: 60_000, jobMs: 60_000, silenceMs: 10_000, graceMs: 5_000 }

let folder: string
let supervisor: Supervisor
let events: ComputeEvent[]
let logged: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-'))
  events = []
  logged = []
  await writeFile(join(folder, 'small.nii'), tinyScan(24)) // one patch
  await writeFile(join(folder, 'large.nii'), tinyScan(80)) // 40 + 4 voxels of head: 5³ patches
})
afterEach(async () => {
  await supervisor.stop()
  await rm(folder, { recursive: true })
})

async function start(
  model: TinyModelOptions = {},
  timeouts: Partial<typeof TIMEOUTS> = {},
  settings: Partial<ChildSettings> = {},
): Promise<void> {
  await makeTinyModel(join(folder, 'models'), model)
  supervisor = startSupervisor({
    modelsDir: join(folder, 'models'),
    device: 'cpu',
    threads: 1,
    limits: { maxFileBytes: 1e7, maxInflatedBytes: 1e7, maxVoxels: 1e7 },
    heartbeatMs: 50,
    timeouts: { ...TIMEOUTS, ...timeouts },
    log: createLog('info', { write: (line) => void logged.push(line) }),
    onEvent: (event) => events.push(event),
    ...settings,
  })
}

const small = () =>
  supervisor.segment({ scans: { t1: join(folder, 'small.nii') }, outPath: join(folder, 'out.nii.gz') })

/** Starts the large scan; resolves when its first patch is done. */
async function startLarge(signal?: AbortSignal): Promise<{ readonly result: Promise<unknown> }> {
  const { promise: firstPatch, resolve } = Promise.withResolvers<void>()
  const result = supervisor.segment(
    { scans: { t1: join(folder, 'large.nii') }, outPath: join(folder, 'large-out.nii.gz') },
    { ...(signal && { signal }), onProgress: ({ patchSeconds }) => patchSeconds !== undefined && resolve() },
  )
  await Promise.race([firstPatch, result])
  return { result }
}

async function settled(): Promise<ComputeStatus> {
  while (['starting', 'restarting'].includes(supervisor.status().state)) await new Promise((r) => setTimeout(r, 10))
  return supervisor.status()
}

/** Of the children that got ready, in order. */
function childPids(): number[] {
  return logged.flatMap((line) => (JSON.parse(line) as { pid?: number }).pid ?? [])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const faultOf =
  (kind: FaultKind, pattern = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof FaultError, String(error))
    assert.equal(error.fault.kind, kind)
    assert.match(error.message, pattern)
    return true
  }

test('it says ready when the golden case is reproduced, and segments', async () => {
  await start()
  assert.deepEqual(supervisor.status(), { state: 'starting' })
  const status = await settled()
  assert.equal(status.state, 'ready')
  assert.equal(status.device, 'cpu')
  assert.deepEqual(
    status.models.map(({ id, version, goldenAgreement }) => ({ id, version, goldenAgreement })),
    [{ id: 'tiny', version: '0.0.1', goldenAgreement: 1 }],
  )
  const report = await small()
  assert.equal(report.labels[2]!.voxels, 4 ** 3)
  assert.ok((await readdir(folder)).includes('out.nii.gz'))
  assert.deepEqual(
    events.map((event) => (event.kind === 'stage' ? event.stage : event.kind)),
    ['patch', 'decode', 'preprocess', 'infer', 'postprocess', 'encode'],
  )
})

test('a task given while it starts waits for it', async () => {
  await start()
  assert.equal((await small()).lesions.count, 1)
})

test('two tasks at once are a bug of the caller', async () => {
  await start()
  const first = small()
  await assert.rejects(small(), /one segmentation at a time/)
  await first
})

test('a fault in the child keeps its kind, and the child', async () => {
  await start()
  const task = { scans: { t1: join(folder, 'small.nii') }, outPath: join(folder, 'x'), modelId: 'big' }
  await assert.rejects(supervisor.segment(task), faultOf('unknown-model', /tiny/))
  assert.equal(supervisor.status().state, 'ready')
})

test('SIGKILL in mid-run fails the task clearly within a second, and the next one succeeds', async () => {
  await start(SLOW)
  const { result } = await startLarge()
  const [pid] = childPids()
  const killedMs = performance.now()
  process.kill(pid!, 'SIGKILL')
  await assert.rejects(result, faultOf('compute-crashed', /killed by SIGKILL, perhaps for lack of memory/))
  const failedAfterMs = performance.now() - killedMs
  assert.ok(failedAfterMs < 1000, `${failedAfterMs} ms`)
  assert.equal((await small()).lesions.count, 1)
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'crash' }],
  )
  assert.deepEqual(childPids().map(isAlive), [false, true])
})

test('a cancelled task ends between two patches and keeps its child', async () => {
  await start(SLOW)
  const controller = new AbortController()
  const { result } = await startLarge(controller.signal)
  controller.abort()
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(supervisor.status().state, 'ready')
  assert.equal((await small()).lesions.count, 1)
  assert.deepEqual(childPids().map(isAlive), [true])
})

test('a cancelled task that does not end within the grace is killed, and the next one succeeds', async () => {
  await start(SLOW, { graceMs: 200 })
  const controller = new AbortController()
  const { result } = await startLarge(controller.signal)
  process.kill(childPids()[0]!, 'SIGSTOP') // as if a patch took for ever
  controller.abort()
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(supervisor.status().state, 'restarting')
  assert.equal((await small()).lesions.count, 1)
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'cancel' }],
  )
})

test('a task cancelled before it began never reaches the child', async () => {
  await start()
  await settled()
  const task = { scans: { t1: join(folder, 'small.nii') }, outPath: join(folder, 'out.nii.gz') }
  await assert.rejects(supervisor.segment(task, { signal: AbortSignal.abort() }), faultOf('cancelled'))
  assert.deepEqual(events, [])
})

test('a task that takes too long is killed and says the limit; the next one succeeds', async () => {
  await start(SLOW, { jobMs: 1500 })
  const { result } = await startLarge()
  await assert.rejects(result, faultOf('compute-timeout', /1\.5 s/))
  assert.equal((await small()).lesions.count, 1)
  assert.ok(events.some((event) => event.kind === 'restart' && event.cause === 'job-timeout'))
})

test('a child that goes silent in a task is killed', async () => {
  await start(SLOW, { silenceMs: 1000 })
  const { result } = await startLarge()
  process.kill(childPids()[0]!, 'SIGSTOP')
  await assert.rejects(result, faultOf('compute-crashed', /no sign of life for 1 s/))
  assert.equal((await settled()).state, 'ready')
  assert.ok(events.some((event) => event.kind === 'restart' && event.cause === 'silence'))
})

test('a model that misses its golden case makes the status failed, with both numbers, and tasks not-ready', async () => {
  await start({ wrongGolden: true })
  const status = await settled()
  assert.equal(status.state, 'failed')
  assert.match(status.reason, /0\.\d+ of its golden label map; its card asks for 0\.999/)
  await assert.rejects(small(), faultOf('not-ready', /golden/))
  assert.deepEqual(events, [])
})

test('an error that is no fault is a bug: told by its type, and the child is replaced', async () => {
  await start()
  const task = { scans: { t1: join(folder, 'secret-name.nii') }, outPath: join(folder, 'out.nii.gz') }
  await assert.rejects(supervisor.segment(task), (error: unknown) => !(error instanceof FaultError))
  assert.equal((await small()).lesions.count, 1)
  assert.ok(events.some((event) => event.kind === 'restart' && event.cause === 'bug'))
  assert.match(logged.join(''), /ENOENT/)
  assert.doesNotMatch(logged.join(''), /secret-name/)
})

test('a child that does not get ready in time is killed and started again', async () => {
  await start({}, { startMs: 1 })
  const before = supervisor.status()
  while (events.length === 0) await new Promise((r) => setTimeout(r, 10))
  assert.equal(before.state, 'starting')
  assert.deepEqual(events[0], { kind: 'restart', cause: 'start-timeout' })
})

test('stop ends what runs as draining and leaves no process', async () => {
  await start(SLOW)
  const { result } = await startLarge()
  const [rejection] = await Promise.all([assert.rejects(result, faultOf('draining')), supervisor.stop()])
  assert.equal(rejection, undefined)
  assert.deepEqual(supervisor.status(), { state: 'stopped' })
  assert.deepEqual(childPids().map(isAlive), [false])
  await assert.rejects(small(), faultOf('draining'))
})

test('auto runs on CUDA, or on the cpu with a reason that is logged once', async () => {
  await start({}, {}, { device: 'auto' })
  const status = await settled()
  assert.equal(status.state, 'ready')
  if (status.device === 'cuda') return assert.equal(status.deviceReason, undefined)
  assert.match(status.deviceReason ?? '', /cannot run on cuda/)
  assert.equal(logged.filter((line) => line.includes('cannot run on cuda')).length, 1)
})

test('cuda by name where there is none makes the status failed with the reason', async (t) => {
  await start({}, {}, { device: 'cuda' })
  const status = await settled()
  if (status.state === 'ready') return t.skip('CUDA runs here')
  assert.equal(status.state, 'failed')
  assert.match(status.reason, /cannot run on cuda/)
})

test('the first restart comes at once, later ones wait 250 ms doubled each time up to 30 s', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 20].map(backoffMs), [0, 0, 250, 500, 1000, 30_000])
})

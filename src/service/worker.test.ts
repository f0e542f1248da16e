/** Real stores and blobs in a folder; only the computation does what the test says. Above 200 lines: one bench for all. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { PATIENCE_MS } from '../../test/fixtures/patience.ts'
import { report, until } from '../../test/fixtures/service.ts'
import { FaultError, type FaultKind } from '../errors.ts'
import type { Blobs } from '../store/blobs.ts'
import { openDirectoryBlobs } from '../store/blobs-directory.ts'
import { isFinal } from '../store/job.ts'
import type { Claim, JobStore, StoredJob } from '../store/job-store.ts'
import { POISON } from '../store/poison.ts'
import { openSqliteStore, type Store } from '../store/store.ts'
import { createLog } from '../telemetry/log.ts'
import { startDispatcher } from './dispatcher.ts'
import { followUps } from './follow-ups.ts'
import { blobsHandler } from './handlers.ts'
import { confidenceKeyOf, labelsKeyOf, resultKeysOf } from './result-keys.ts'
import type { Run } from './work.ts'
import { startWorker, type Worker, type WorkerOptions } from './worker.ts'

const log = createLog('silent', { write: () => {} })
const LEASE_MS = 60_000
const ROOM = { queued: 100, perOwnerJobs: 100, perOwnerBytes: 1e9 }

let folder: string
let store: Store
let blobs: Blobs
let nowMs: number
let workers: Worker[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-worker-'))
  nowMs = 1_700_000_000_000
  store = openSqliteStore(join(folder, 'jobs.sqlite'), () => nowMs, followUps({ document: () => ({}) }))
  blobs = await openDirectoryBlobs(join(folder, 'blobs'))
  workers = []
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.drain(0)))
  await store.close()
  rmSync(folder, { recursive: true })
})

async function submit(options: Readonly<Record<string, string>> = {}): Promise<string> {
  const id = randomUUID()
  writeFileSync(join(folder, 'upload'), 'scan')
  await blobs.put(`${id}/t1.nii`, join(folder, 'upload'))
  const task = { scans: { t1: `${id}/t1.nii` }, mode: 'async', options } as const
  const rest = { owner: '', inputBytes: 4, cacheKey: null, idempotency: null, traceparent: null, result: null }
  await store.submit({ id, task, ...rest }, ROOM)
  return id
}

function start(run: Run, over: Partial<WorkerOptions> = {}): Worker {
  const workerId = `w${workers.length}`
  const worker = startWorker({
    store,
    blobs,
    workDir: join(folder, 'work', workerId),
    workerId,
    leaseMs: LEASE_MS,
    canWork: () => true,
    run,
    compare: () => Promise.reject(new Error('nothing is compared here')),
    onEnded: () => {},
    log,
    ...over,
  })
  workers.push(worker)
  return worker
}

const succeedWith =
  (text: string): Run =>
  async ({ outPath, confidencePath }) => {
    writeFileSync(outPath, text)
    if (confidencePath !== undefined) writeFileSync(confidencePath, `how sure of ${text}`)
    return report
  }

/** Ends when stopped, as the real one does. */
const hang: Run = (_task, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new FaultError('cancelled', 'cancelled')))
  })

const failAs =
  (kind: FaultKind): Run =>
  async () => {
    throw new FaultError(kind, 'found this')
  }

/** Looks again and again without a timer of its own: some tests stop the clock. */
async function becomes(id: string, state: string): Promise<StoredJob> {
  const untilMs = performance.now() + PATIENCE_MS
  for (;;) {
    const stored = await store.get(id)
    if (stored?.job.state === state) return stored
    assert.ok(performance.now() < untilMs, `not ${state} but ${stored?.job.state}`)
    await new Promise(setImmediate)
  }
}

/** Starts a worker that can finish nothing. @returns what it gave back first */
async function givenBack(blobs: Blobs): Promise<Claim> {
  const { promise, resolve } = Promise.withResolvers<Claim>()
  start(succeedWith('map'), { blobs, onGivenBack: resolve })
  return promise
}

/** The files of a job once nothing changes them any more, and what must follow has been done. */
async function filesOf(id: string, worker: Worker): Promise<readonly string[]> {
  await worker.drain(PATIENCE_MS)
  await startDispatcher({ effects: store.effects, handlers: { blobs: blobsHandler(blobs) }, log }).drain(PATIENCE_MS)
  return readdirSync(join(folder, 'blobs'), { recursive: true })
    .map(String)
    .filter((name) => name.startsWith(`${id}/`))
}

test('a job is computed from its blobs, and only its label map is kept', async () => {
  const id = await submit()
  let seen = ''
  const worker = start(async (task, options) => {
    seen = readFileSync(task.scans['t1']!, 'utf8')
    return succeedWith('map')(task, options)
  })
  const { labelsKey, job } = await becomes(id, 'succeeded')
  assert.deepEqual([seen, job.state === 'succeeded' && job.report], ['scan', report])
  assert.deepEqual(await filesOf(id, worker), [labelsKey])
  assert.equal(readFileSync(join(folder, 'blobs', labelsKey!), 'utf8'), 'map')
  assert.deepEqual(readdirSync(join(folder, 'work/w0')), [])
})

test('jobs that come while it works are taken as they come, without waiting for a tick, one after another', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] }) // so that there is no tick
  let most = 0
  let now = 0
  start(async (task, options) => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    now--
    return succeedWith('map')(task, options)
  })
  for (const id of [await submit(), await submit(), await submit()]) await becomes(id, 'succeeded')
  assert.equal(most, 1)
})

test("a scan's fault fails the job at the first try, and its files go", async () => {
  const id = await submit()
  const worker = start(failAs('nifti-4d'))
  const { job, attempt } = await becomes(id, 'failed')
  assert.deepEqual([job.state === 'failed' && job.fault, attempt], [{ kind: 'nifti-4d', message: 'found this' }, 1])
  assert.deepEqual(await filesOf(id, worker), [])
})

test('an error that is no fault fails the job without saying more', async () => {
  const id = await submit()
  start(async () => {
    throw new TypeError('x is undefined')
  })
  const { job } = await becomes(id, 'failed')
  assert.equal(job.state === 'failed' && job.fault, null)
})

test('a computation that was killed is tried once more', async () => {
  const id = await submit()
  let tries = 0
  start((task, options) => (++tries === 1 ? failAs('compute-crashed') : succeedWith('map'))(task, options))
  assert.equal((await becomes(id, 'succeeded')).attempt, 2)
})

test('a job whose computation is killed twice is poison, and the next one is computed', async () => {
  const [bad, good] = [await submit(), await submit()]
  const worker = start((task, options) =>
    (task.outPath.includes(bad) ? failAs('compute-crashed') : succeedWith('map'))(task, options),
  )
  const { job } = await becomes(bad, 'failed')
  assert.deepEqual(job.state === 'failed' && job.fault, POISON)
  await becomes(good, 'succeeded')
  assert.deepEqual(await filesOf(bad, worker), [])
})

test('a scan that vanished from the blobs fails its job by name', async () => {
  const id = await submit()
  await blobs.remove(id)
  start(succeedWith('map'))
  const { job } = await becomes(id, 'failed')
  assert.equal(job.state === 'failed' && job.fault?.kind, 'blob-missing')
})

test('blobs that cannot be reached are not the fault of the job', async () => {
  const id = await submit()
  const error = new Error('connection refused')
  const away = { ...blobs, fetch: () => Promise.reject(error), ping: () => Promise.reject(error) }
  const { id: given, token } = await givenBack(away)
  assert.deepEqual([given, token], [id, 1])
  assert.ok(!isFinal((await store.get(id))!.job))
})

test('a result for which there is no room waits for it, and is not computed again', async () => {
  const id = await submit()
  let [runs, refusals] = [0, 1]
  const noRoom = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
  const full: Blobs = { ...blobs, put: (...args) => (refusals-- > 0 ? noRoom() : blobs.put(...args)) }
  const count: Run = (task, options) => {
    runs++
    return succeedWith('map')(task, options)
  }
  start(count, { blobs: full })
  assert.deepEqual([(await becomes(id, 'succeeded')).attempt, runs], [1, 1])
})

test('a running job is cancelled when that is asked for, without waiting for a heartbeat', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }) // so that there is none
  const id = await submit()
  const worker = start(hang)
  await becomes(id, 'running')
  await store.requestCancel(id)
  await becomes(id, 'cancelled')
  assert.deepEqual(await filesOf(id, worker), [])
})

test('progress is written', async () => {
  const id = await submit()
  start((task, options) => {
    options.onProgress({ stage: 'infer', done: 3, total: 8, patchSeconds: 1, inferSeconds: 3.5 })
    return hang(task, options)
  })
  await until(async () => (await store.get(id))?.job.progress.done === 3)
  assert.deepEqual((await store.get(id))?.job.progress, { stage: 'infer', done: 3, total: 8, inferSeconds: 3.5 })
})

test('nothing is claimed while nothing can be computed', async () => {
  const id = await submit()
  let canWork = false
  let asked = 0
  const ask = () => {
    asked++
    return canWork
  }
  start(succeedWith('map'), { canWork: ask })
  await until(() => asked === 2) // the first answer has been heeded
  assert.equal((await store.get(id))?.attempt, 0)
  canWork = true
  await becomes(id, 'succeeded')
})

test('a drain lets the running job finish within the grace, and takes no other', async () => {
  const [first, second] = [await submit(), await submit()]
  const end = Promise.withResolvers<void>()
  const worker = start((task, options) => end.promise.then(() => succeedWith('map')(task, options)))
  await becomes(first, 'running')
  const drained = worker.drain(PATIENCE_MS)
  end.resolve()
  await drained
  assert.deepEqual([(await store.get(first))?.job.state, (await store.get(second))?.job.state], ['succeeded', 'queued'])
})

test('a job that takes longer than the grace is given back, and the next worker finishes it', async () => {
  const id = await submit()
  const worker = start(hang)
  await becomes(id, 'running')
  await worker.drain(10)
  assert.equal((await store.get(id))?.job.state, 'queued')
  start(succeedWith('map'))
  assert.equal((await becomes(id, 'succeeded')).attempt, 2)
})

test('a worker that was cut off and taken for dead: its late result is dropped, the other one stays', async () => {
  const id = await submit({ include: 'confidence' })
  const late = Promise.withResolvers<void>()
  const cutOff: JobStore = {
    ...store,
    heartbeat: () => Promise.reject(new Error('unreachable')),
    onChange: () => () => {},
  }
  const first = start((task, options) => late.promise.then(() => succeedWith('late')(task, options)), { store: cutOff })
  await becomes(id, 'running')
  nowMs += LEASE_MS + 1
  const second = start(succeedWith('map'))
  const { labelsKey } = await becomes(id, 'succeeded')
  late.resolve()
  await first.drain(PATIENCE_MS)
  const confidenceKey = confidenceKeyOf(labelsKey!)
  assert.deepEqual([...(await filesOf(id, second))].sort(), [confidenceKey, labelsKey])
  assert.equal(readFileSync(join(folder, 'blobs', confidenceKey), 'utf8'), 'how sure of map')
  assert.equal(readFileSync(join(folder, 'blobs', labelsKey!), 'utf8'), 'map')
  assert.equal((await store.get(id))?.labelsKey, labelsKey)
})

test('the maps and objects of an attempt whose process died before it could say so go when a later one succeeds', async () => {
  const id = await submit({ include: 'confidence' })
  const lost = (await store.claim('killed', 1))!
  for (const key of resultKeysOf(labelsKeyOf(lost), lost.task)) {
    writeFileSync(join(folder, 'map'), 'of the lost one')
    await blobs.put(key, join(folder, 'map'))
  }
  nowMs += 2
  const worker = start(succeedWith('map'))
  const { labelsKey } = await becomes(id, 'succeeded')
  assert.deepEqual([...(await filesOf(id, worker))].sort(), [confidenceKeyOf(labelsKey!), labelsKey])
})

test('an end that the store could not take is told again until it can', async () => {
  const id = await submit()
  let refusals = 1
  const shaky: JobStore = {
    ...store,
    settle: (...args) => (refusals-- > 0 ? Promise.reject(new Error('terminated')) : store.settle(...args)),
  }
  start(succeedWith('map'), { store: shaky })
  assert.equal((await becomes(id, 'succeeded')).attempt, 1)
})

test('an end that the store never takes is let go: its lease is renewed no more, and the next reap ends the job', async () => {
  const id = await submit()
  await store.claim('killed', 1)
  nowMs += 2
  let [tries, beats] = [0, 0]
  const deaf: JobStore = {
    ...store,
    settle() {
      tries++
      return Promise.reject(new Error('no such column'))
    },
    heartbeat(...args) {
      beats++
      return store.heartbeat(...args)
    },
  }
  let isFree = true
  const once: Run = (task, options) => {
    isFree = false
    return succeedWith('map')(task, options)
  }
  const first = start(once, { store: deaf, leaseMs: 30, canWork: () => isFree })
  while (isFree || first.running() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(tries, 5)
  const beatsThen = beats
  assert.ok(beatsThen > 0)
  nowMs += 31
  const told: unknown[] = []
  const second = start(succeedWith('map'), { onEnded: ({ job }) => told.push(job.state === 'failed' && job.fault) })
  await becomes(await submit(), 'succeeded')
  await becomes(id, 'failed')
  assert.deepEqual(told.slice(0, 1), [POISON])
  assert.equal(beats, beatsThen)
  assert.deepEqual(await filesOf(id, second), [])
})

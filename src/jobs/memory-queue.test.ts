import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { FaultError } from '../errors.ts'
import type { Report } from '../inference/report.ts'
import type { Job } from './job.ts'
import { findLeftovers } from './job-files.ts'
import { createMemoryQueue } from './memory-queue.ts'
import type { JobQueue, Run } from './queue.ts'

const report = { device: 'cpu' } as Report
const NEVER = new AbortController().signal

let jobsDir: string
beforeEach(() => {
  jobsDir = mkdtempSync(join(tmpdir(), 'onelabel-queue-'))
})
afterEach(() => rmSync(jobsDir, { recursive: true }))

/** A queue whose jobs run until the test says how they end. */
function setup(length = 4) {
  const clock = { nowMs: 1000 }
  const started: { outPath: string; end: PromiseWithResolvers<Report>; progress: Parameters<Run>[1]['onProgress'] }[] =
    []
  const settled: Job[] = []
  const queue = createMemoryQueue({
    jobsDir,
    length,
    keepResultsMs: 60_000,
    nowMs: () => clock.nowMs,
    onSettled: (job) => settled.push(job),
    run(task, { signal, onProgress }) {
      const end = Promise.withResolvers<Report>()
      signal.addEventListener('abort', () => end.reject(new FaultError('cancelled', 'cancelled')))
      started.push({ outPath: task.outPath, end, progress: onProgress })
      return end.promise
    },
  })
  const submit = async () => {
    const place = await queue.reserve()
    writeFileSync(join(place.dir, 't1.upload'), 'scan')
    return queue.submit(place, { scans: { t1: join(place.dir, 't1.upload') } }).id
  }
  return { queue, clock, started, settled, submit }
}

function finish(started: ReturnType<typeof setup>['started'], index: number): void {
  writeFileSync(started[index]!.outPath, 'map')
  started[index]!.end.resolve(report)
}

async function stateOf(queue: JobQueue, id: string): Promise<string | undefined> {
  return (await queue.settled(id, NEVER))?.state
}

test('jobs run one at a time in the order they came', async () => {
  const { queue, started, submit } = setup()
  const ids = [await submit(), await submit(), await submit()]
  assert.equal(started.length, 1)
  assert.deepEqual(queue.counts(), { queued: 2, running: 1 })
  for (const [index, id] of ids.entries()) {
    assert.match(started[index]!.outPath, new RegExp(id))
    finish(started, index)
    assert.equal(await stateOf(queue, id), 'succeeded')
    await new Promise(setImmediate)
  }
  assert.deepEqual(queue.counts(), { queued: 0, running: 0 })
})

test('ids are UUIDs of version 4', async () => {
  const { submit } = setup()
  assert.match(await submit(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('after success only the label map is left, after failure nothing', async () => {
  const { queue, started, submit } = setup()
  const [good, bad] = [await submit(), await submit()]
  finish(started, 0)
  await stateOf(queue, good)
  assert.deepEqual(readdirSync(join(jobsDir, good)), ['labels.nii.gz'])
  await new Promise(setImmediate)
  started[1]!.end.reject(new FaultError('nifti-4d', '4-D with 2 frames'))
  await stateOf(queue, bad)
  assert.deepEqual(readdirSync(jobsDir), [good])
  const job = queue.get(bad)
  assert.ok(job?.state === 'failed')
  assert.deepEqual(job.fault, { kind: 'nifti-4d', message: '4-D with 2 frames' })
})

test('an error that is no fault fails the job without saying more', async () => {
  const { queue, started, submit } = setup()
  const id = await submit()
  started[0]!.end.reject(new TypeError('x is undefined'))
  await stateOf(queue, id)
  const job = queue.get(id)
  assert.ok(job?.state === 'failed')
  assert.equal(job.fault, null)
})

test('places are bounded: with one place, a second upload is refused until the first gives it back', async () => {
  const { queue } = setup(1)
  const place = await queue.reserve()
  const refused = (error: unknown) => error instanceof FaultError && error.fault.kind === 'queue-full'
  await assert.rejects(queue.reserve(), refused)
  await queue.release(place)
  assert.equal(existsSync(place.dir), false)
  await queue.reserve()
})

test('the running job takes no place', async () => {
  const { queue, submit } = setup(1)
  await submit()
  await submit()
  await assert.rejects(queue.reserve(), /1 jobs are waiting, at most 1 may/)
})

test('a waiting job is cancelled at once and its files are gone; the next one keeps its turn', async () => {
  const { queue, started, submit } = setup()
  const [first, second, third] = [await submit(), await submit(), await submit()]
  assert.equal((await queue.cancel(second))?.state, 'cancelled')
  finish(started, 0)
  await stateOf(queue, first)
  await new Promise(setImmediate)
  assert.match(started[1]!.outPath, new RegExp(third))
  assert.equal(existsSync(join(jobsDir, second)), false)
})

test('a running job is cancelled when its computation has stopped', async () => {
  const { queue, submit } = setup()
  const id = await submit()
  assert.equal((await queue.cancel(id))?.state, 'running')
  assert.equal(await stateOf(queue, id), 'cancelled')
  assert.equal(existsSync(join(jobsDir, id)), false)
})

test('progress is what the computation said last', async () => {
  const { queue, started, submit } = setup()
  const id = await submit()
  started[0]!.progress({ stage: 'infer', done: 3, total: 8 })
  assert.deepEqual(queue.get(id)?.progress, { stage: 'infer', done: 3, total: 8 })
})

test('settled gives the job as it stands when the caller has waited enough', async () => {
  const { queue, submit } = setup()
  const id = await submit()
  assert.equal((await queue.settled(id, AbortSignal.timeout(10)))?.state, 'running')
  assert.equal((await queue.settled(id, AbortSignal.abort()))?.state, 'running')
  assert.equal(await queue.settled('none', NEVER), undefined)
})

test('results are kept for their time and not longer', async () => {
  const { queue, started, clock, submit } = setup()
  const id = await submit()
  finish(started, 0)
  await stateOf(queue, id)
  clock.nowMs += 59_999
  await queue.sweep()
  assert.equal(queue.get(id)?.state, 'succeeded')
  clock.nowMs += 1
  await queue.sweep()
  assert.equal(queue.get(id), undefined)
  assert.deepEqual(readdirSync(jobsDir), [])
})

test('draining refuses new work, fails waiting jobs as draining and lets the running one finish', async () => {
  const { queue, started, submit } = setup()
  const [first, second] = [await submit(), await submit()]
  const place = await queue.reserve()
  const drained = queue.drain(60_000)
  await assert.rejects(queue.reserve(), /the service is stopping/)
  assert.throws(() => queue.submit(place, { scans: {} }), /the service is stopping/)
  const waiting = queue.get(second)
  assert.ok(waiting?.state === 'failed')
  assert.equal(waiting.fault?.kind, 'draining')
  finish(started, 0)
  await drained
  assert.equal(queue.get(first)?.state, 'succeeded')
})

test('after the grace the running job is stopped, and fails as draining, not as cancelled', async () => {
  const { queue, submit } = setup()
  const id = await submit()
  await queue.drain(5)
  const job = queue.get(id)
  assert.ok(job?.state === 'failed')
  assert.equal(job.fault?.kind, 'draining')
})

test('leftovers are the folders of an earlier run, and nothing that is not named like a job', async () => {
  const { submit } = setup()
  const id = await submit()
  writeFileSync(join(jobsDir, 'notes.txt'), 'mine')
  assert.deepEqual(await findLeftovers(jobsDir), [join(jobsDir, id)])
})

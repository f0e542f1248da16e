/** What becomes of a task whose child dies or is killed. Real children, a real onnxruntime, a tiny network (test/fixtures/supervisor.ts). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { isAlive, SLOW, supervisorFixture } from '../../test/fixtures/supervisor.ts'
import { FaultError } from '../errors.ts'

const compute = supervisorFixture()

test('SIGKILL in mid-run fails the task clearly within a second, and the next one succeeds', async () => {
  await compute.start(SLOW)
  const { result } = await compute.startLarge()
  const [pid] = compute.childPids()
  const killedMs = performance.now()
  process.kill(pid!, 'SIGKILL')
  await assert.rejects(result, faultOf('compute-crashed', /killed by SIGKILL, perhaps for lack of memory/))
  const failedAfterMs = performance.now() - killedMs
  assert.ok(failedAfterMs < 1000, `${failedAfterMs} ms`)
  assert.equal((await compute.small()).lesions.count, 1)
  assert.deepEqual(
    compute.events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'crash' }],
  )
  assert.deepEqual(compute.childPids().map(isAlive), [false, true])
})

test('a cancelled task ends between two patches and keeps its child', async () => {
  await compute.start(SLOW)
  const controller = new AbortController()
  const { result } = await compute.startLarge(controller.signal)
  controller.abort()
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(compute.supervisor.status().state, 'ready')
  assert.equal((await compute.small()).lesions.count, 1)
  assert.deepEqual(compute.childPids().map(isAlive), [true])
})

test('a cancelled task that does not end within the grace is killed, and the next one succeeds', async () => {
  await compute.start(SLOW, { graceMs: 200 })
  const controller = new AbortController()
  const { result } = await compute.startLarge(controller.signal)
  process.kill(compute.childPids()[0]!, 'SIGSTOP') // as if a patch took for ever
  controller.abort()
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(compute.supervisor.status().state, 'restarting')
  assert.equal((await compute.small()).lesions.count, 1)
  assert.deepEqual(
    compute.events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'cancel' }],
  )
})

test('a cancelled task has the time of three of its patches, however short the least grace is', async () => {
  await compute.start({ slowMatMuls: 40 }, { graceMs: 1 })
  const controller = new AbortController()
  const { result } = await compute.startLarge(controller.signal)
  controller.abort()
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(compute.supervisor.status().state, 'ready')
  assert.deepEqual(compute.childPids().map(isAlive), [true])
})

test('a task that takes too long is killed and says the limit; the next one succeeds', async () => {
  await compute.start(SLOW, { jobMs: 1500 })
  const { result } = await compute.startLarge()
  await assert.rejects(result, faultOf('compute-timeout', /1\.5 s/))
  assert.equal((await compute.small()).lesions.count, 1)
  assert.ok(compute.events.some((event) => event.kind === 'restart' && event.cause === 'job-timeout'))
})

test('a child that goes silent in a task is killed', async () => {
  await compute.start(SLOW, { silenceMs: 1000 })
  const { result } = await compute.startLarge()
  process.kill(compute.childPids()[0]!, 'SIGSTOP')
  await assert.rejects(result, faultOf('compute-crashed', /no sign of life for 1 s/))
  assert.equal((await compute.settled()).state, 'ready')
  assert.ok(compute.events.some((event) => event.kind === 'restart' && event.cause === 'silence'))
})

test('a child that hangs without a task is killed, and the next task finds another', async () => {
  await compute.start({}, { idleSilenceMs: 1500 })
  await compute.settled()
  process.kill(compute.childPids()[0]!, 'SIGSTOP')
  while (compute.supervisor.status().state === 'ready') await new Promise((r) => setTimeout(r, 10))
  assert.equal((await compute.small()).lesions.count, 1)
  assert.deepEqual(
    compute.events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'silence' }],
  )
  assert.deepEqual(compute.childPids().map(isAlive), [false, true])
})

test('an error that is no fault is a bug: told by its type, and the child is replaced', async () => {
  await compute.start()
  const task = { scans: { t1: join(compute.folder, 'secret-name.nii') }, outPath: join(compute.folder, 'out.nii.gz') }
  await assert.rejects(compute.supervisor.segment(task), (error: unknown) => !(error instanceof FaultError))
  assert.equal((await compute.small()).lesions.count, 1)
  assert.ok(compute.events.some((event) => event.kind === 'restart' && event.cause === 'bug'))
  assert.match(compute.logged.join(''), /ENOENT/)
  assert.doesNotMatch(compute.logged.join(''), /secret-name/)
})

test('a child that does not get ready in time is killed and started again', async () => {
  await compute.start({}, { startMs: 1 })
  const before = compute.supervisor.status()
  while (compute.events.length === 0) await new Promise((r) => setTimeout(r, 10))
  assert.equal(before.state, 'starting')
  assert.deepEqual(compute.events[0], { kind: 'restart', cause: 'start-timeout' })
})

test('a task whose child never gets ready fails after three starts, and later ones at once', async () => {
  await compute.start({}, { startMs: 1 })
  await assert.rejects(compute.small(), faultOf('compute-crashed', /not get ready 3 times in a row: .*SIGKILL/))
  const startedMs = performance.now()
  await assert.rejects(compute.small(), faultOf('compute-crashed', /in a row/))
  assert.ok(performance.now() - startedMs < 100)
  assert.ok(compute.logged.some((line) => line.includes('"level":"error"') && line.includes('"failedStarts":3')))
})

test('stop ends what runs as draining and leaves no process', async () => {
  await compute.start(SLOW)
  const { result } = await compute.startLarge()
  const [rejection] = await Promise.all([assert.rejects(result, faultOf('draining')), compute.supervisor.stop()])
  assert.equal(rejection, undefined)
  assert.deepEqual(compute.supervisor.status(), { state: 'stopped' })
  assert.deepEqual(compute.childPids().map(isAlive), [false])
  await assert.rejects(compute.small(), faultOf('draining'))
})

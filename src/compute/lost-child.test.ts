/** What becomes of a task whose child dies or is killed. Real children, a real onnxruntime, a tiny network (test/fixtures/supervisor.ts). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { until } from '../../test/fixtures/service.ts'
import { isAlive, supervisorFixture } from '../../test/fixtures/supervisor.ts'
import { FaultError } from '../errors.ts'

const compute = supervisorFixture()

test('SIGKILL in mid-run fails the task clearly, and the next one succeeds', async () => {
  await compute.start()
  const { result } = await compute.startHeld()
  const [pid] = compute.childPids()
  process.kill(pid!, 'SIGKILL')
  await assert.rejects(result, faultOf('compute-crashed', /killed by SIGKILL, perhaps for lack of memory/))
  assert.equal((await compute.small()).lesions.count, 1)
  assert.deepEqual(
    compute.events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'crash' }],
  )
  assert.deepEqual(compute.childPids().map(isAlive), [false, true])
})

test('a cancelled task ends between two patches and keeps its child', async () => {
  await compute.start()
  const controller = new AbortController()
  const { result } = await compute.startHeld(controller.signal)
  controller.abort()
  compute.gate.open()
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(compute.supervisor.status().state, 'ready')
  assert.equal((await compute.small()).lesions.count, 1)
  assert.deepEqual(compute.childPids().map(isAlive), [true])
})

test('a cancelled task that does not end within the grace is killed, however stopped, and the next one succeeds', async () => {
  await compute.start({}, { graceMs: 200 })
  const controller = new AbortController()
  const { result } = await compute.startHeld(controller.signal)
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
  await until(() => compute.events.length > 0)
  assert.equal(before.state, 'starting')
  assert.deepEqual(compute.events[0], { kind: 'restart', cause: 'start-timeout' })
})

test('stop ends what runs as draining and leaves no process', async () => {
  await compute.start()
  const { result } = await compute.startHeld()
  const [rejection] = await Promise.all([assert.rejects(result, faultOf('draining')), compute.supervisor.stop()])
  assert.equal(rejection, undefined)
  assert.deepEqual(compute.supervisor.status(), { state: 'stopped' })
  assert.deepEqual(compute.childPids().map(isAlive), [false])
  await assert.rejects(compute.small(), faultOf('draining'))
})

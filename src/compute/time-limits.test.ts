/** The limits of a task and of a start; the clock is the test's, and so are the children. Of idle children: idle.test.ts. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { settle, startFakeSupervisor, TASK, versionOf } from '../../test/fixtures/fake-supervisor.ts'
import { faultOf } from '../../test/fixtures/fault.ts'

const v1 = versionOf('1.0.0')

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }))
afterEach(() => mock.timers.reset())

/** With the first child ready and, where it was sent, in a task. */
async function startTask(options = {}, signal?: AbortSignal) {
  const fake = startFakeSupervisor(options)
  fake.children[0]!.ready([v1])
  const result = fake.supervisor.segment(TASK, { ...(signal && { signal }) })
  result.catch(() => {})
  await settle()
  return { ...fake, result }
}

test('a task that takes too long is killed and says the limit; the next one succeeds', async () => {
  const { supervisor, children, events, result } = await startTask({ silenceMs: 1_000_000 })
  mock.timers.tick(599_999)
  assert.equal(children[0]!.isKilled(), false)
  mock.timers.tick(1)
  await assert.rejects(result, faultOf('compute-timeout', /600 s/))
  assert.equal(children[0]!.isKilled(), true)
  await settle()
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'restart'),
    [{ kind: 'restart', cause: 'job-timeout' }],
  )
  mock.timers.tick(0)
  children[1]!.ready([v1])
  const next = supervisor.segment(TASK)
  await settle()
  children[1]!.done(v1)
  assert.equal((await next).model.version, '1.0.0')
  await supervisor.stop()
})

test('a child that goes silent in a task is killed', async () => {
  const { supervisor, children, events, result } = await startTask()
  mock.timers.tick(119_999)
  assert.equal(children[0]!.isKilled(), false)
  mock.timers.tick(1)
  await assert.rejects(result, faultOf('compute-crashed', /no sign of life for 120 s/))
  await settle()
  assert.deepEqual(events.at(-1), { kind: 'restart', cause: 'silence' })
  await supervisor.stop()
})

test('a cancelled task has the time of three of its patches, where that is more than the least grace', async () => {
  const stop = new AbortController()
  const { supervisor, children, result } = await startTask({}, stop.signal)
  const { taskId } = children[0]!.heard.findLast((message) => message.kind === 'segment')!
  const progress = { stage: 'infer', done: 1, total: 9, patchSeconds: 5 } as const
  children[0]!.say({ kind: 'progress', taskId, progress })
  stop.abort()
  assert.deepEqual(children[0]!.heard.at(-1), { kind: 'cancel', taskId })
  mock.timers.tick(14_999)
  assert.equal(children[0]!.isKilled(), false)
  mock.timers.tick(1)
  await assert.rejects(result, faultOf('cancelled'))
  assert.equal(children[0]!.isKilled(), true)
  await supervisor.stop()
})

test('a task whose child never gets ready fails after three starts, and later ones at once', async () => {
  const { supervisor, children } = startFakeSupervisor()
  const waiting = supervisor.segment(TASK)
  waiting.catch(() => {})
  for (let starts = 1; starts <= 3; starts++) {
    assert.equal(children.length, starts)
    mock.timers.tick(60_000)
    await settle()
    mock.timers.tick(500) // before the next start
  }
  await assert.rejects(waiting, faultOf('compute-crashed', /not get ready 3 times in a row: killed$/))
  const starts = children.length
  await assert.rejects(supervisor.segment(TASK), faultOf('compute-crashed', /in a row/))
  assert.equal(children.length, starts)
  await supervisor.stop()
})

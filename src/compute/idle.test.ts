/** A child without a task must beat; the clock is the test's, and so are the children. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { settle, startFakeSupervisor, TASK, versionOf } from '../../test/fixtures/fake-supervisor.ts'

const v1 = versionOf('1.0.0')

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }))
afterEach(() => mock.timers.reset())

test('a ready child that says nothing for 15 s is ended and another is started', async () => {
  const { supervisor, children, events } = startFakeSupervisor()
  children[0]!.ready([v1])
  mock.timers.tick(14_999)
  assert.equal(children[0]!.isKilled(), false)
  mock.timers.tick(1)
  assert.equal(children[0]!.isKilled(), true)
  assert.equal(supervisor.status().state, 'restarting')
  await settle()
  assert.deepEqual(events, [{ kind: 'restart', cause: 'silence' }])
  assert.match(JSON.stringify(supervisor.status()), /no sign of life/)
  mock.timers.tick(0)
  children[1]!.ready([v1])
  assert.equal(supervisor.status().state, 'ready')
  await supervisor.stop()
})

test('a ready child that beats is left alone', async () => {
  const { supervisor, children } = startFakeSupervisor()
  children[0]!.ready([v1])
  for (let second = 0; second < 60; second++) {
    mock.timers.tick(1000)
    children[0]!.say({ kind: 'heartbeat' })
  }
  assert.deepEqual([children.length, children[0]!.isKilled()], [1, false])
  await supervisor.stop()
})

test('in a task, and while it loads, a child may be silent for longer', async () => {
  const { supervisor, children } = startFakeSupervisor()
  mock.timers.tick(59_999) // of the minute that this one has to start
  children[0]!.ready([v1])
  const result = supervisor.segment(TASK)
  await settle()
  mock.timers.tick(119_999)
  assert.equal(children[0]!.isKilled(), false)
  children[0]!.done(v1)
  assert.equal((await result).model.version, '1.0.0')
  mock.timers.tick(14_000)
  assert.equal(children[0]!.isKilled(), false, 'the silence of the task counts no more')
  mock.timers.tick(6_000)
  assert.equal(children[0]!.isKilled(), true)
  await supervisor.stop()
})

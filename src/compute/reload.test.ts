/** What a reload promises, told by children that say what the test says. Real ones: reload-real.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle, startFakeSupervisor, TASK, versionOf } from '../../test/fixtures/fake-supervisor.ts'
import { faultOf } from '../../test/fixtures/fault.ts'
import { tinyCard } from '../../test/fixtures/tiny-model.ts'

const [v1, v2] = [versionOf('1.0.0'), versionOf('2.0.0')]

/** With the first child ready. */
function start() {
  const fake = startFakeSupervisor()
  fake.children[0]!.ready([v1])
  return fake
}

function servedVersions({ supervisor }: ReturnType<typeof start>) {
  const status = supervisor.status()
  return status.state === 'ready' ? status.models.map(({ version }) => version) : status.state
}

test('while the new models are proved the old child serves; then the new one does, and the old one ends', async (t) => {
  const fake = start()
  t.after(fake.supervisor.stop)
  const reload = fake.supervisor.reload()
  const [old, next] = fake.children
  const meanwhile = fake.supervisor.segment(TASK)
  await settle()
  old!.done(v1)
  assert.equal((await meanwhile).model.version, '1.0.0')
  assert.deepEqual(servedVersions(fake), ['1.0.0'])
  next!.ready([v2])
  const { replaced, added, removed, unchanged } = await reload
  assert.deepEqual([replaced.length, added, removed, unchanged], [1, [], [], []])
  assert.deepEqual([replaced[0]!.version, replaced[0]!.was.version], ['2.0.0', '1.0.0'])
  assert.deepEqual([servedVersions(fake), fake.supervisor.cards()], [['2.0.0'], [v2]])
  assert.deepEqual([old!.isKilled(), next!.isKilled()], [true, false])
  await settle()
  assert.deepEqual([fake.children.length, fake.events.filter(({ kind }) => kind === 'restart')], [2, []])
})

test('a task that runs during the switch ends in the old child, which then goes; the next one is for the new', async (t) => {
  const fake = start()
  t.after(fake.supervisor.stop)
  const running = fake.supervisor.segment(TASK)
  const reload = fake.supervisor.reload()
  const [old, next] = fake.children
  next!.ready([v2])
  await reload
  assert.equal(old!.isKilled(), false)
  old!.done(v1)
  assert.equal((await running).model.version, '1.0.0')
  assert.equal(old!.isKilled(), true)
  const later = fake.supervisor.segment(TASK)
  await settle()
  next!.done(v2)
  assert.equal((await later).model.version, '2.0.0')
})

test('an old child that dies in its last task fails that task and is not started again', async (t) => {
  const fake = start()
  t.after(fake.supervisor.stop)
  const running = fake.supervisor.segment(TASK)
  const reload = fake.supervisor.reload()
  fake.children[1]!.ready([v2])
  await reload
  fake.children[0]!.die('it fell')
  await assert.rejects(running, faultOf('compute-crashed', /it fell/))
  assert.deepEqual([fake.children.length, servedVersions(fake), fake.events], [2, ['2.0.0'], []])
})

test('models that cannot serve are named with the reason, and the old ones stay', async (t) => {
  const fake = start()
  t.after(fake.supervisor.stop)
  const reload = fake.supervisor.reload()
  const fault = { kind: 'model-invalid', message: 'model tiny reproduces 0.9000 of its golden label map' } as const
  fake.children[1]!.say({ kind: 'failed', reason: fault.message, fault })
  await assert.rejects(reload, faultOf('model-invalid', /stay as they were: model tiny reproduces 0\.9000/))
  assert.deepEqual([servedVersions(fake), fake.supervisor.cards()], [['1.0.0'], [v1]])
  assert.deepEqual([fake.children[0]!.isKilled(), fake.children[1]!.isKilled()], [false, true])
  await settle()
  assert.deepEqual([fake.children.length, fake.events], [2, []])
})

test('a device that refuses, a crash and a slow start of the new child leave the old one too', async (t) => {
  const fake = start()
  t.after(fake.supervisor.stop)
  const refused = fake.supervisor.reload()
  fake.children[1]!.say({ kind: 'failed', reason: 'model tiny: cannot run on cuda: out of memory' })
  await assert.rejects(refused, faultOf('not-ready', /out of memory/))
  const crashed = fake.supervisor.reload()
  fake.children[2]!.die('no memory')
  await assert.rejects(crashed, faultOf('compute-crashed', /no memory/))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const slow = fake.supervisor.reload()
  t.mock.timers.tick(60_000)
  await assert.rejects(slow, faultOf('compute-timeout', /60 s/))
  assert.deepEqual([servedVersions(fake), fake.events], [['1.0.0'], []])
})

test('one reload at a time', async (t) => {
  const fake = start()
  t.after(fake.supervisor.stop)
  const first = fake.supervisor.reload()
  await assert.rejects(fake.supervisor.reload(), faultOf('reload-running'))
  fake.children[1]!.ready([v2])
  await first
  const again = fake.supervisor.reload()
  fake.children[2]!.ready([v2, tinyCard('zebra', Buffer.from('z'))])
  const { added, unchanged } = await again
  assert.deepEqual([added.map(({ id }) => id), unchanged.map(({ version }) => version)], [['zebra'], ['2.0.0']])
})

test('a service that failed at its start serves after a reload', async (t) => {
  const fake = startFakeSupervisor()
  t.after(fake.supervisor.stop)
  fake.children[0]!.say({ kind: 'failed', reason: 'model tiny: wrong' })
  assert.equal(fake.supervisor.status().state, 'failed')
  await settle()
  const reload = fake.supervisor.reload()
  fake.children[1]!.ready([v1])
  assert.deepEqual(
    (await reload).added.map(({ version }) => version),
    ['1.0.0'],
  )
  assert.deepEqual(servedVersions(fake), ['1.0.0'])
})

test('a crash of the old child during a reload does not undo it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const fake = start()
  t.after(fake.supervisor.stop)
  const reload = fake.supervisor.reload()
  fake.children[0]!.die('it fell')
  await settle()
  t.mock.timers.tick(0) // the restart of the old one
  assert.equal(fake.children.length, 3)
  const waiting = fake.supervisor.segment(TASK)
  fake.children[1]!.ready([v2])
  await reload
  await settle()
  fake.children[1]!.done(v2)
  assert.equal((await waiting).model.version, '2.0.0')
  assert.deepEqual([fake.children.length, fake.children[2]!.isKilled()], [3, true])
  assert.deepEqual(servedVersions(fake), ['2.0.0'])
})

test('models that served are tried again when a child refuses them after a crash, and give it a reason', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const fake = start()
  t.after(fake.supervisor.stop)
  const { children } = fake
  children[0]!.die('it fell')
  await settle()
  t.mock.timers.tick(0)
  assert.equal(children.length, 2)
  children[1]!.say({ kind: 'failed', reason: 'model tiny: cannot run on cuda: out of memory' })
  await settle()
  assert.match(JSON.stringify(fake.supervisor.status()), /"restarting","reason":"model tiny: cannot run on cuda/)
  t.mock.timers.tick(249)
  assert.equal(children.length, 2)
  t.mock.timers.tick(1) // the second in a row waits for 250 ms
  assert.equal(children.length, 3)
  children[2]!.ready([v1])
  assert.deepEqual(servedVersions(fake), ['1.0.0'])
  assert.deepEqual(
    fake.events.map((event) => event.kind === 'restart' && event.cause),
    ['crash', 'refused'],
  )
})

test('stop ends a reload as draining, and both children', async () => {
  const fake = start()
  const reload = fake.supervisor.reload()
  const [rejected] = await Promise.allSettled([reload, fake.supervisor.stop()])
  assert.ok(rejected.status === 'rejected' && faultOf('draining')(rejected.reason))
  assert.deepEqual(
    fake.children.map((child) => child.isKilled()),
    [true, true],
  )
  await assert.rejects(fake.supervisor.reload(), faultOf('draining'))
})

/** The dispatcher on a real store, with handlers that do what the test says. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { PATIENCE_MS } from '../../test/fixtures/patience.ts'
import { until } from '../../test/fixtures/service.ts'
import { verifyAudit } from '../security/verify-audit.ts'
import type { Effect, NewEffect } from '../store/effect-store.ts'
import { openSqliteStore, type Store } from '../store/store.ts'
import { createLog } from '../telemetry/log.ts'
import { DeliveryError } from './delivery-error.ts'
import { type Dispatcher, type Done, type Handler, startDispatcher } from './dispatcher.ts'
import { auditHandler } from './handlers.ts'

const HOLD_MS = 60_000
const SENT: Done = { state: 'sent' }
let folder: string
let store: Store
let nowMs: number
let logLines: string[]
const log = createLog('debug', { write: (line) => void logLines.push(line) })
const dispatchers: Dispatcher[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onelabel-dispatcher-'))
  nowMs = 1_700_000_000_000
  logLines = []
  store = openSqliteStore(join(folder, 'jobs.sqlite'), () => nowMs)
})
afterEach(async () => {
  await Promise.all(dispatchers.splice(0).map((one) => one.drain(0)))
  await store.close()
  rmSync(folder, { recursive: true })
})

function start(handlers: Readonly<Record<string, Handler['run'] | Handler>>): Dispatcher {
  const all = Object.entries(handlers).map(([kind, one]) => [
    kind,
    typeof one === 'function' ? { holdMs: HOLD_MS, most: 4, mostAtTarget: 2, run: one } : one,
  ])
  const dispatcher = startDispatcher({
    effects: store.effects,
    handlers: Object.fromEntries(all),
    log,
    random: () => 0,
  })
  dispatchers.push(dispatcher)
  return dispatcher
}

async function post(kind: string, more: Partial<NewEffect> = {}): Promise<string> {
  const jobId = randomUUID()
  await store.effects.post([{ jobId, kind, target: 'there', key: jobId, body: null, ...more }])
  return jobId
}

async function effectOf(jobId: string, isSo: (effect: Effect) => boolean): Promise<Effect> {
  let found: Effect | undefined
  await until(async () => {
    found = (await store.effects.ofJob(jobId))[0]
    return found !== undefined && isSo(found)
  })
  return found!
}
const hang: Handler['run'] = (_effect, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('a target that hangs holds up neither another target nor another kind', async () => {
  start({
    slow: (effect, signal) => (effect.target === 'there' ? hang(effect, signal) : Promise.resolve(SENT)),
    quick: async () => SENT,
  })
  const hung = [await post('slow'), await post('slow'), await post('slow'), await post('slow')]
  await effectOf(hung[1]!, ({ state }) => state === 'sending')
  await effectOf(await post('slow', { target: 'elsewhere' }), ({ state }) => state === 'sent')
  await effectOf(await post('quick'), ({ state }) => state === 'sent')
  const states = await Promise.all(hung.map(async (id) => (await store.effects.ofJob(id))[0]!.state))
  assert.deepEqual(states, ['sending', 'sending', 'pending', 'pending'])
})

test('what fails is tried later, what can never do is dead, and a retry has all its tries before it', async () => {
  let isMended = false
  start({
    later: async () => Promise.reject(new DeliveryError('later', 'away')),
    never: async () => (isMended ? SENT : Promise.reject(new DeliveryError('never', 'no such thing'))),
  })
  const waits = await effectOf(await post('later'), ({ state, tries }) => state === 'pending' && tries === 1)
  assert.deepEqual([waits.lastError, waits.dueAtMs - nowMs], ['away', 500])
  const id = await post('never')
  const dead = await effectOf(id, ({ state }) => state === 'dead')
  isMended = true
  const retried = await store.effects.retry(dead.id)
  assert.deepEqual([retried?.tries, retried?.triesBefore], [1, 1])
  assert.equal((await effectOf(id, ({ state }) => state === 'sent')).tries, 2)
})

test('a bug is tried later, and nothing of what it said is told', async () => {
  start({ bug: async () => Promise.reject(new TypeError('Doe_Jane is undefined')) })
  const { lastError } = await effectOf(await post('bug'), ({ state, tries }) => state === 'pending' && tries === 1)
  assert.match(lastError ?? '', /a fault of the service/)
  await until(() => logLines.some((line) => line.includes('an effect is tried again')))
  assert.ok(!logLines.join('\n').includes('Doe_Jane'))
})

test('a record that the audit does not take is dead, and the lines behind it are written', async () => {
  const record = (owner: string) => ({
    time: '2026-01-01T00:00:00.000Z',
    owner,
    jobId: randomUUID(),
    request: null,
    input: null,
    model: { id: 'm', sha256: null },
    outcome: { state: 'cancelled' },
    durationsMs: {},
  })
  const bad = await post('audit', { body: record('Doe, Jane') })
  const good = [await post('audit', { body: record('anonymous') }), await post('audit', { body: record('key:a') })]
  start({ audit: auditHandler(store.audit, 'host', HOLD_MS, log) })
  assert.match((await effectOf(bad, ({ state }) => state === 'dead')).lastError ?? '', /none that the audit takes/)
  for (const id of good) await effectOf(id, ({ state }) => state === 'verified')
  const { lines, broken } = await verifyAudit(store.audit.lines())
  assert.deepEqual([lines, broken], [2, null])
})

test('one whose holder was lost is taken by another when the hold has run out; what the first says then is refused', async () => {
  const id = await post('slow')
  const lost = await store.effects.take('slow', HOLD_MS, () => true)
  assert.equal(await store.effects.take('slow', HOLD_MS, () => true), undefined)
  nowMs += HOLD_MS
  start({ slow: async () => SENT })
  assert.equal((await effectOf(id, ({ state }) => state === 'sent')).tries, 2)
  assert.equal(await store.effects.done(lost!, 'verified'), false)
  assert.equal(await store.effects.dead(lost!, 'late'), false)
  assert.equal((await store.effects.ofJob(id))[0]!.state, 'sent')
})

test('a retry gives no new life to an earlier holder', async () => {
  const id = await post('slow')
  const first = await store.effects.take('slow', HOLD_MS, () => true)
  await store.effects.later(first!, 0, 'away')
  await store.effects.retry(first!.id)
  const second = await store.effects.take('slow', HOLD_MS, () => true)
  assert.deepEqual([first!.tries, second!.tries], [1, 2])
  assert.equal(await store.effects.dead(first!, 'late'), false)
  assert.ok(await store.effects.done(second!, 'sent'))
  assert.ok(await store.effects.done(second!, 'sent'), 'said again, because the answer was lost')
  assert.equal((await store.effects.ofJob(id))[0]!.state, 'sent')
})

test('a drain does what is due, and stops what does not end within the grace', async () => {
  const due = [await post('quick'), await post('quick'), await post('quick')]
  const hung = await post('slow')
  const dispatcher = start({ quick: async () => SENT, slow: hang })
  await effectOf(hung, ({ state }) => state === 'sending')
  await dispatcher.drain(0)
  assert.deepEqual([(await store.effects.ofJob(hung))[0]!.state], ['pending'])
  const patient = start({ quick: async () => SENT })
  await patient.drain(PATIENCE_MS)
  for (const id of due) assert.equal((await store.effects.ofJob(id))[0]!.state, 'sent')
})

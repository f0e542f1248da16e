/** One API and two workers that share a PostgreSQL and S3-compatible storage: SIGKILL of each, and of PostgreSQL, in mid-job. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createCaller, numbers } from '../fixtures/caller.ts'
import { openPostgresLedger } from '../fixtures/ledger.ts'
import { edgesOf } from '../fixtures/numbered-head.ts'
import { postgresMissing } from '../fixtures/postgres.ts'
import { holdToPromise, printRecovery } from '../fixtures/promise-kept.ts'
import { until } from '../fixtures/service.ts'
import { LEASE_S, openSharedSite } from '../fixtures/serving.ts'

const skip = postgresMissing
/** Two, so that both workers are in one when the fault comes. */
const LONG = [4, 5]
const LATER_LONG = [30, 31]

async function openMachines(t: TestContext) {
  const site = await openSharedSite(t)
  const api = await site.serveAs('api')
  const workers = await Promise.all([site.serveAs('worker'), site.serveAs('worker')])
  return { site, api, workers, ledger: await openPostgresLedger(site.databaseUrl) }
}

test('SIGKILL of a worker, and later of another, in the middle of jobs: those are done by whoever is left', {
  skip,
}, async (t) => {
  const { site, api, workers, ledger } = await openMachines(t)
  const caller = createCaller(() => api.base, edgesOf([...LONG, ...LATER_LONG]))
  const kills: number[] = []
  for (const [index, long] of [LONG, LATER_LONG].entries()) {
    site.gate.close()
    const sending = caller.send(numbers(26 * index, 26 * index + 26))
    await Promise.all(long.map(caller.computing))
    kills.push(Date.now())
    await workers[index]!.end('SIGKILL')
    site.gate.open()
    if (index === 0) await site.serveAs('worker')
    await sending
    await caller.ends()
  }
  await holdToPromise(caller, ledger)
  const again = (await ledger.jobs()).filter(({ attempt }) => attempt > 1)
  assert.deepEqual(
    again.map(({ attempt }) => attempt),
    [2, 2],
  )
  for (const [index, atMs] of kills.entries()) {
    await printRecovery(t, ledger, `SIGKILL of one of two workers (lease ${LEASE_S} s)`, atMs, again[index]!.id)
  }
})

test('SIGKILL of the API while jobs run on two workers and others are sent: the next API owes them all', {
  skip,
}, async (t) => {
  const { site, ledger, ...machines } = await openMachines(t)
  let { api } = machines
  const caller = createCaller(() => api.base, edgesOf(LONG))
  const first = caller.send(numbers(0, 20))
  await Promise.all(LONG.map(caller.computing))
  const second = caller.send(numbers(20, 52))
  const soFar = caller.sent.length
  await until(() => caller.sent.length > soFar)
  const atMs = Date.now()
  await api.end('SIGKILL')
  api = await site.serveAs('api')
  const backMs = Date.now()
  site.gate.open()
  await Promise.all([first, second])
  await holdToPromise(caller, ledger)
  assert.ok((await ledger.jobs()).every(({ attempt }) => attempt === 1))
  const why = `SIGKILL of the API (it answered again after ${((backMs - atMs) / 1000).toFixed(1)} s)`
  await printRecovery(t, ledger, why, atMs)
})

test('SIGKILL of PostgreSQL in the middle of two jobs, and its start once the API says so: nothing is lost or said twice', {
  skip,
}, async (t) => {
  const { site, api, ledger } = await openMachines(t)
  const caller = createCaller(() => api.base, edgesOf(LONG))
  const sending = caller.send(numbers(0, 52))
  const [id] = await Promise.all(LONG.map(caller.computing))
  await site.postgres.kill('SIGKILL')
  await until(async () => (await fetch(`${api.base}/v1/segmentations/${id}`)).status === 503)
  assert.equal((await fetch(`${api.base}/livez`)).status, 200)
  const atMs = Date.now()
  await site.postgres.restart()
  site.gate.open()
  await sending
  await holdToPromise(caller, ledger)
  await printRecovery(t, ledger, 'start of PostgreSQL after its SIGKILL', atMs, id)
})

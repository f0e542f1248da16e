/** SIGKILL of the whole service on one machine, in the middle of a job and of uploads; it is started again on its folder. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCaller, numbers } from '../fixtures/caller.ts'
import { openSqliteLedger } from '../fixtures/ledger.ts'
import { edgesOf } from '../fixtures/numbered-head.ts'
import { holdToPromise, printRecovery } from '../fixtures/promise-kept.ts'
import { LEASE_S, openSite } from '../fixtures/serving.ts'

const LONG = [4, 30]

test('SIGKILL of the service in two of 52 jobs, while others are sent: none is lost, none made or ended twice', async (t) => {
  const { folder, gate, serve } = await openSite(t)
  let serving = await serve()
  const ledger = openSqliteLedger(join(folder, 'data/jobs.sqlite'))
  const caller = createCaller(() => serving.base, edgesOf(LONG))
  for (const [index, number] of LONG.entries()) {
    // Some are on their way when the service goes; the caller sends them until they are accepted.
    const first = caller.send(numbers(26 * index, 26 * index + 13))
    const id = await caller.computing(number)
    const second = caller.send(numbers(26 * index + 13, 26 * index + 26))
    const atMs = Date.now()
    await serving.end('SIGKILL')
    gate.let(id)
    serving = await serve()
    const backMs = Date.now()
    await Promise.all([first, second])
    await caller.ends()
    const why = `SIGKILL of the service (ready again after ${((backMs - atMs) / 1000).toFixed(1)} s, lease ${LEASE_S} s)`
    await printRecovery(t, ledger, why, atMs, id)
  }
  await holdToPromise(caller, ledger)
  const again = (await ledger.jobs()).filter(({ attempt }) => attempt > 1)
  const hit = caller.sent.filter(({ number }) => LONG.includes(number))
  assert.deepEqual(
    again.map(({ id, attempt }) => [id, attempt]),
    hit.map(({ id }) => [id, 2]),
  )
})

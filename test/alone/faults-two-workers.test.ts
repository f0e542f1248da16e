/** What a second worker process on one PostgreSQL brings: 40 jobs by one, 40 by two, each job once. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { createCaller, numbers } from '../fixtures/caller.ts'
import { openPostgresLedger } from '../fixtures/ledger.ts'
import { postgresMissing } from '../fixtures/postgres.ts'
import { holdToPromise } from '../fixtures/promise-kept.ts'
import { openSharedSite } from '../fixtures/serving.ts'

const JOBS = 40
/** Tissue and margin are 20 voxels along each axis: 8 patches a job. */
const EDGE = 32

test('two workers on one PostgreSQL finish 40 jobs exactly once each; their throughput is told', {
  skip: postgresMissing,
}, async (t) => {
  const site = await openSharedSite(t)
  const api = await site.serveAs('api')
  const ledger = await openPostgresLedger(site.databaseUrl)
  const caller = createCaller(
    () => api.base,
    () => EDGE,
  )

  /** Jobs a second from when all workers have one, at which they are held, to the last end. */
  async function rateOf(workers: number): Promise<number> {
    site.gate.close()
    const heldSoFar = site.gate.heldSoFar()
    await caller.send(numbers(caller.sent.length, caller.sent.length + JOBS))
    const started = await Promise.all(numbers(0, workers).map(() => site.serveAs('worker')))
    await site.gate.held(heldSoFar + workers) // each has one
    site.gate.open()
    const readyAtMs = Date.now()
    await caller.ends()
    const since = (await ledger.endings()).filter(({ atMs }) => atMs >= readyAtMs)
    for (const worker of started) await worker.end('SIGTERM')
    return (1000 * since.length) / (since.at(-1)!.atMs - readyAtMs)
  }

  const one = await rateOf(1)
  const two = await rateOf(2)
  await holdToPromise(caller, ledger)
  const jobs = await ledger.jobs()
  assert.ok(jobs.every(({ attempt }) => attempt === 1))
  assert.deepEqual(
    [jobs.slice(0, JOBS), jobs.slice(JOBS)].map((half) => new Set(half.map(({ worker }) => worker)).size),
    [1, 2],
  )
  const rates = `${one.toFixed(1)} jobs a second by one worker, ${two.toFixed(1)} by two`
  t.diagnostic(`${rates}: ratio ${(two / one).toFixed(2)} on ${availableParallelism()} cores`)
})

/** SIGKILL of the compute process in the middle of a job. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCaller, numbers } from '../fixtures/caller.ts'
import { openSqliteLedger } from '../fixtures/ledger.ts'
import { edgesOf } from '../fixtures/numbered-head.ts'
import { holdToPromise, printRecovery } from '../fixtures/promise-kept.ts'
import { procMissing } from '../fixtures/real-service.ts'
import { openSite } from '../fixtures/serving.ts'

const LONG = [4, 30]

test('SIGKILL of the compute process in two of 52 jobs: each of the two is computed again, none has two results', {
  skip: procMissing,
}, async (t) => {
  const { folder, gate, serve } = await openSite(t)
  const serving = await serve()
  const ledger = openSqliteLedger(join(folder, 'data/jobs.sqlite'))
  const caller = createCaller(() => serving.base, edgesOf(LONG))
  const sending = caller.send(numbers(0, 52))
  const hits: { readonly id: string; readonly atMs: number }[] = []
  for (const number of LONG) {
    const id = await caller.computing(number)
    hits.push({ id, atMs: Date.now() })
    process.kill(serving.childPids()[0]!, 'SIGKILL')
    gate.let(id)
  }
  await sending
  await holdToPromise(caller, ledger)
  const again = (await ledger.jobs()).filter(({ attempt }) => attempt > 1)
  assert.deepEqual(
    again.map(({ id, attempt }) => [id, attempt]),
    hits.map(({ id }) => [id, 2]),
  )
  for (const { id, atMs } of hits) await printRecovery(t, ledger, 'SIGKILL of the compute process', atMs, id)
})

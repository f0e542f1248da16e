/** Scans that vanish from the storage between their acceptance and their job. */
import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCaller, numbers } from '../fixtures/caller.ts'
import { openSqliteLedger } from '../fixtures/ledger.ts'
import { edgesOf } from '../fixtures/numbered-head.ts'
import { holdToPromise, printRecovery } from '../fixtures/promise-kept.ts'
import { openSite } from '../fixtures/serving.ts'

const LONG = [4]
const VANISHED = [17, 40]

test('two of 52 scans vanish before their jobs: these two fail as blob-missing, at once, and the others succeed', async (t) => {
  const { folder, gate, serve } = await openSite(t)
  const serving = await serve()
  const ledger = openSqliteLedger(join(folder, 'data/jobs.sqlite'))
  const caller = createCaller(() => serving.base, edgesOf(LONG))
  // While the long one is held the others wait.
  await caller.send(LONG)
  await caller.send(VANISHED)
  const atMs = Date.now()
  for (const { id } of caller.sent.filter(({ number }) => VANISHED.includes(number))) {
    const scan = join(folder, 'data/blobs', id, 't1.nii')
    assert.ok(existsSync(scan))
    rmSync(scan)
  }
  await caller.send(numbers(0, 52).filter((number) => ![...LONG, ...VANISHED].includes(number)))
  gate.open()
  await holdToPromise(caller, ledger, { 17: 'blob-missing', 40: 'blob-missing' })
  assert.ok((await ledger.jobs()).every(({ attempt }) => attempt === 1))
  await printRecovery(t, ledger, 'two scans vanished', atMs)
})

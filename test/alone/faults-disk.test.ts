/** A full disk, for real: the data folder is a small file system in memory, and something else fills it up. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createCaller, numbers } from '../fixtures/caller.ts'
import type { Gate } from '../fixtures/gate.ts'
import { openSqliteLedger } from '../fixtures/ledger.ts'
import { edgesOf, numberedHead, SHORT_EDGE } from '../fixtures/numbered-head.ts'
import { holdToPromise, printRecovery } from '../fixtures/promise-kept.ts'
import type { RealService } from '../fixtures/real-service.ts'
import { until } from '../fixtures/service.ts'
import { openSite } from '../fixtures/serving.ts'

/** The first is held while the others are sent; in the other one the disk is full. */
const LONG = [0, 26]
const HIT = 26
const SIZE_MIB = 32

/** Mounts a small file system. @returns why it cannot, else undefined */
function mountSmall(dir: string): string | undefined {
  mkdirSync(dir)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'tmpfs', dir], { stdio: 'pipe' })
  } catch (error) {
    return `a tmpfs cannot be mounted here: ${(error as Error).message.trim()}`
  }
  return undefined
}

/** Writes until not one more block goes. */
function fillUp(dir: string): void {
  const file = openSync(join(dir, 'filler'), 'w')
  for (let bytes = 2 ** 20; bytes >= 1; bytes /= 2) {
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
  assert.equal(statfsSync(dir).bavail, 0)
}

async function upload(base: string, number: number): Promise<Response> {
  const body = new FormData()
  body.set('t1', new Blob([new Uint8Array(numberedHead(number, SHORT_EDGE).file)]))
  return fetch(`${base}/v1/segmentations`, { method: 'POST', body, headers: { Prefer: 'respond-async' } })
}

test('the disk is full in the middle of a job, with others waiting: uploads are refused, and all succeed once there is room', async (t) => {
  const { folder, gate, serve } = await openSite(t)
  const dataDir = join(folder, 'data')
  const why = mountSmall(dataDir)
  if (why !== undefined) return t.skip(why)
  let serving: RealService | undefined
  try {
    serving = await serve()
    await fillAndFree(t, dataDir, gate, serving)
  } finally {
    await serving?.end('SIGKILL')
    execFileSync('umount', ['-l', dataDir]) // lazily: the compute process may take a moment to go
  }
})

async function fillAndFree(t: TestContext, dataDir: string, gate: Gate, { base, lines }: RealService): Promise<void> {
  const ledger = openSqliteLedger(join(dataDir, 'jobs.sqlite'))
  const caller = createCaller(() => base, edgesOf(LONG))
  await caller.send(numbers(0, 52))
  gate.let(await caller.computing(0))
  const id = await caller.computing(HIT)
  fillUp(dataDir)
  for (let number = 100; number < 110; number++) {
    const refused = await upload(base, number)
    assert.equal(refused.status, 507)
    assert.equal(((await refused.json()) as { code: string }).code, 'disk-full')
  }
  assert.deepEqual(readdirSync(join(dataDir, 'incoming')), [])
  for (const path of ['/livez', `/v1/segmentations/${id}`]) assert.equal((await fetch(base + path)).status, 200)
  // Until the result of the one that was held found no room either.
  gate.open()
  const noRoom = [
    'a job waits again',
    'the end of a job could not be noted yet',
    'could not be put among the blobs yet',
  ]
  await until(() => lines.some((line) => noRoom.some((msg) => line.includes(msg))))
  rmSync(join(dataDir, 'filler'))
  const atMs = Date.now()
  await caller.send([110])
  await holdToPromise(caller, ledger)
  await printRecovery(t, ledger, 'room on the disk again', atMs, id)
}

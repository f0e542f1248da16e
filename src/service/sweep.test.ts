import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openDirectoryBlobs } from '../store/blobs-directory.ts'
import { openSqliteStore } from '../store/store.ts'
import { followUps } from './follow-ups.ts'
import { removeOrphans, sweep } from './sweep.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-sweep-'))
const blobs = await openDirectoryBlobs(join(folder, 'blobs'))
let nowMs = 1_000_000
const follow = followUps({ document: () => ({}) })
const store = openSqliteStore(join(folder, 'jobs.sqlite'), () => nowMs, { ...follow, ofEnd: () => [] })
after(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function put(touchedS: number): Promise<string> {
  const id = randomUUID()
  writeFileSync(join(folder, 'scan'), 'scan')
  await blobs.put(`${id}/t1.nii`, join(folder, 'scan'))
  utimesSync(join(folder, 'blobs', id), touchedS, touchedS)
  return id
}

async function submit(id: string): Promise<void> {
  const task = { scans: { t1: `${id}/t1.nii` }, mode: 'async', options: {} } as const
  const rest = { owner: '', inputBytes: 4, cacheKey: null, idempotency: null, traceparent: null, result: null }
  await store.submit({ id, task, ...rest }, { queued: 10, perOwnerJobs: 10, perOwnerBytes: 1e9 })
}

test('scans without a job go when they are old; those of a job, and young ones, stay', async () => {
  const youngS = Date.now() / 1000
  const [orphan, kept, young] = [await put(1), await put(1), await put(youngS)]
  await submit(kept)
  assert.equal(await removeOrphans(store, blobs, 60_000), 1)
  assert.deepEqual(readdirSync(join(folder, 'blobs')).sort(), [kept, young].sort())
  assert.ok(!readdirSync(join(folder, 'blobs')).includes(orphan))
})

test('a job that ended long enough ago goes, and its files by an effect; one that waits does not', async () => {
  const [ended, waiting] = [await put(1), await put(1)]
  await submit(ended)
  await store.requestCancel(ended)
  await submit(waiting)
  nowMs += 999
  await sweep(store, 1000)
  assert.ok((await store.get(ended)) !== undefined)
  nowMs += 1
  await sweep(store, 1000)
  assert.deepEqual([await store.get(ended), (await store.get(waiting))?.job.state], [undefined, 'queued'])
  const asked = await store.effects.ofJob(ended)
  assert.deepEqual(
    asked.map(({ kind, body }) => [kind, body]),
    [['blobs', { remove: [ended] }]],
  )
  assert.deepEqual(await store.effects.ofJob(waiting), [])
})

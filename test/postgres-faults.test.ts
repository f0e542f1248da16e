/** What a PostgreSQL that crashes, is emptied by hand or is not there does to jobs: nothing that loses one. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { inspect } from 'node:util'
import pg from 'pg'
import type { Report } from '../src/inference/report.ts'
import type { JobStore } from '../src/store/job-store.ts'
import { openPostgresStore } from '../src/store/store.ts'
import { faultOf } from './fixtures/fault.ts'
import { openLossyWay } from './fixtures/lost-answers.ts'
import { type Postgres, postgresMissing, startPostgres } from './fixtures/postgres.ts'
import { until } from './fixtures/service.ts'

const skip = postgresMissing
const ROOM = { queued: 1e6, perOwnerJobs: 1e6, perOwnerBytes: 1e9 }
const MINUTE_MS = 60_000
const report = { device: 'cpu', warnings: [] } as unknown as Report

let postgres: Postgres
const opened: JobStore[] = []
if (skip === false) {
  before(async () => {
    postgres = await startPostgres()
  })
  afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))
  after(() => postgres?.close())
}

async function open(url: string): Promise<JobStore> {
  const store = await openPostgresStore(url)
  opened.push(store)
  return store
}

async function submit(store: JobStore): Promise<string> {
  const id = randomUUID()
  const task = { scans: { t1: `${id}/t1.nii` }, mode: 'async', options: {} } as const
  const nothing = { cacheKey: null, idempotency: null, traceparent: null, result: null }
  await store.submit({ id, owner: '', task, inputBytes: 1, ...nothing }, ROOM)
  return id
}

async function claim(store: JobStore, leaseMs = MINUTE_MS) {
  const claimed = await store.claim('worker', leaseMs)
  assert.ok(claimed !== undefined, 'nothing to claim')
  return claimed
}

async function sql(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

test('a crash of PostgreSQL in the middle of a job loses nothing; in between callers are told', {
  skip,
}, async () => {
  const url = await postgres.newDatabase()
  const [store, other] = [await open(url), await open(url)]
  const ids = [await submit(store), await submit(store), await submit(store)]
  const held = await claim(store, 1_000)
  await postgres.kill('SIGKILL')

  const calls = [store.get(ids[0]!), submit(store), store.heartbeat(held, 1_000, null), store.claim('worker', 1_000)]
  for (const { status, ...rest } of await Promise.allSettled(calls)) {
    assert.equal(status, 'rejected')
    faultOf('not-ready', /does not answer/)('reason' in rest && rest.reason)
  }
  await assert.rejects(store.ping(), faultOf('not-ready'))

  await postgres.restart()
  // Its lease ran out while nobody could renew it; that is no loss of its worker.
  assert.deepEqual(await store.reap(), [])
  assert.equal((await store.get(held.id))?.job.state, 'running')
  assert.equal(await store.heartbeat(held, MINUTE_MS, null), 'held')
  assert.ok((await store.settle(held, { type: 'succeed', report, labelsKey: 'k' }))?.hasEnded)
  assert.deepEqual([(await claim(other)).id, (await claim(store)).id], ids.slice(1))
  assert.equal(await store.claim('worker', MINUTE_MS), undefined)

  // The listener finds back too.
  let heard = false
  other.onChange(() => {
    heard = true
  })
  await until(async () => {
    await submit(store)
    return heard
  })
})

test('connections that the server closes are replaced without anybody noticing', { skip }, async () => {
  const url = await postgres.newDatabase()
  const store = await open(url)
  await sql(
    url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  const id = await submit(store)
  assert.equal((await store.get(id))?.job.state, 'queued')
})

test('a result said twice, because the first answer was lost, is taken twice as the same', { skip }, async () => {
  const store = await open(await postgres.newDatabase())
  const id = await submit(store)
  const held = await claim(store)
  const result = { type: 'succeed', report, labelsKey: `${id}/labels-1` } as const
  assert.ok((await store.settle(held, result))?.hasEnded)
  const kept = await store.get(id)
  assert.ok((await store.settle(held, result))?.hasEnded)
  assert.equal(await store.settle(held, { ...result, labelsKey: `${id}/other` }), undefined)
  assert.deepEqual(await store.get(id), kept)
})

test('a submission whose commit was made but never answered is answered in the end, and is one job', {
  skip,
}, async (t) => {
  const way = await openLossyWay(await postgres.newDatabase())
  t.after(way.close)
  const store = await open(way.url)
  way.arm(true)
  const id = await submit(store)
  assert.ok(!way.isArmed())
  assert.equal((await store.get(id))?.job.state, 'queued')
  assert.equal((await store.counts()).queued, 1)
})

test('a data base of a later schema is refused with both numbers', { skip }, async () => {
  const url = await postgres.newDatabase()
  await open(url)
  await sql(url, 'UPDATE onelabel.version SET version = 9')
  await assert.rejects(open(url), faultOf('not-ready', /schema 9,.* up to 6/))
})

test('several processes that start at once make the schema once', { skip }, async () => {
  const url = await postgres.newDatabase()
  const stores = await Promise.all([1, 2, 3, 4].map(() => open(url)))
  const id = await submit(stores[0]!)
  assert.equal((await claim(stores[3]!)).id, id)
})

test('a password is in no error, however wrong the address is', { skip }, async () => {
  const good = new URL(await postgres.newDatabase())
  const withPassword = (change: (url: URL) => void) => {
    const url = new URL(good)
    url.password = 'geheim'
    change(url)
    return url.href
  }
  const wrong = [
    withPassword(() => {}),
    withPassword((url) => {
      url.port = '1'
    }),
    withPassword((url) => {
      url.hostname = 'no-such-host.invalid'
    }),
    'postgres://tester:geheim@[::1/jobs',
    'postgres://tester:geheim@host:port/jobs',
  ]
  const errors = await Promise.all(wrong.map((url) => open(url).catch((error: Error) => error)))
  for (const error of errors) {
    assert.ok(error instanceof Error)
    assert.ok(!`${inspect(error, { depth: 9, showHidden: true })}${error.stack}`.includes('geheim'), error.message)
  }
})

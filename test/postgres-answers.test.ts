/** An end whose COMMIT was made and never answered is told once all the same, and what must follow it is there once. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Report } from '../src/inference/report.ts'
import { followUps } from '../src/service/follow-ups.ts'
import type { Claim } from '../src/store/job-store.ts'
import { openPostgresStore, type Store } from '../src/store/store.ts'
import { faultOf } from './fixtures/fault.ts'
import { type LossyWay, openLossyWay } from './fixtures/lost-answers.ts'
import { type Postgres, postgresMissing, startPostgres } from './fixtures/postgres.ts'

const skip = postgresMissing
const ROOM = { queued: 100, perOwnerJobs: 100, perOwnerBytes: 1e9 }
const MINUTE_MS = 60_000
const report = {
  model: { id: 'tiny', sha256: '1'.repeat(64) },
  input: {},
  timingsMs: { total: 1 },
} as unknown as Report
const follow = followUps({ document: ({ job }) => job })

let postgres: Postgres
if (skip === false) {
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres?.close())
}

interface Bench {
  /** Its answers can be lost. */
  readonly store: Store
  readonly way: LossyWay
  readonly url: string
}

async function openBench(t: TestContext): Promise<Bench> {
  const url = await postgres.newDatabase()
  const way = await openLossyWay(url)
  const store = await openPostgresStore(way.url, follow)
  t.after(async () => {
    await store.close()
    way.close()
  })
  return { store, way, url }
}

async function submit(store: Store): Promise<string> {
  const id = randomUUID()
  const task = { scans: { t1: `${id}/t1.nii` }, mode: 'async', options: {}, isToldToOperator: true } as const
  const nothing = { cacheKey: null, idempotency: null, traceparent: null, result: null }
  await store.submit({ id, owner: '', task, inputBytes: 1, ...nothing }, ROOM)
  return id
}

/** With a lease of 0 it is lost at once. */
async function claim(store: Store, leaseMs = MINUTE_MS): Promise<Claim> {
  return (await store.claim('worker', leaseMs))!
}

/** A job whose next loss is its last. */
async function claimAgain(store: Store, leaseMs?: number): Promise<Claim> {
  await store.giveBack(await claim(store), 'killed')
  return claim(store, leaseMs)
}

/** Each brings a job to where one call ends it, and gives the call; that tells how often it says that it ended the job. */
const ENDS: Readonly<Record<string, (store: Store, id: string) => Promise<() => Promise<number>>>> = {
  async settle(store, id) {
    const held = await claim(store)
    const end = { type: 'succeed', report, labelsKey: `${id}/labels-1.nii.gz` } as const
    return async () => Number((await store.settle(held, end))?.hasEnded ?? false)
  },
  async giveBack(store) {
    const held = await claimAgain(store)
    return async () => Number((await store.giveBack(held, 'killed'))?.hasEnded ?? false)
  },
  requestCancel: async (store, id) => async () => Number((await store.requestCancel(id))?.hasEnded ?? false),
  async reap(store) {
    await claimAgain(store, 0)
    return async () => (await store.reap()).length
  },
}

async function requireEffectsOnce(store: Store, id: string): Promise<void> {
  const keys = (await store.effects.ofJob(id)).map(({ key }) => key)
  assert.deepEqual(keys.sort(), [`audit_${id}`, `blobs_${id}_end`, `webhook_${id}`])
}

for (const [name, bringTo] of Object.entries(ENDS)) {
  test(`${name}: an end whose commit was made and never answered is told once`, { skip }, async (t) => {
    const { store, way } = await openBench(t)
    const id = await submit(store)
    const end = await bringTo(store, id)
    way.arm(true)
    assert.equal(await end(), 1)
    assert.ok(!way.isArmed())
    await requireEffectsOnce(store, id)
  })

  test(`${name}: an end whose commit was lost on its way is none, and is told when it is asked for again`, {
    skip,
  }, async (t) => {
    const { store, way } = await openBench(t)
    const id = await submit(store)
    const end = await bringTo(store, id)
    const before = await store.get(id)
    way.arm(false)
    const said = await end().catch((error: unknown) => {
      faultOf('not-ready')(error)
      return 0
    })
    assert.equal(said, 0)
    assert.ok(!way.isArmed())
    assert.deepEqual([await store.get(id), await store.effects.ofJob(id)], [before, []])
    assert.equal(await end(), 1)
    await requireEffectsOnce(store, id)
  })
}

/** Calls whose commit, once made, must be found also by who asks while it is still under way. */
const CALLS: Readonly<Record<string, (store: Store, id: string) => Promise<() => Promise<unknown>>>> = {
  ...ENDS,
  claim: async (store) => async () => Number((await store.claim('worker', MINUTE_MS)) !== undefined),
  async 'done of an effect'(store, id) {
    await store.requestCancel(id)
    const effect = (await store.effects.take('blobs', MINUTE_MS, () => true))!
    return async () => Number(await store.effects.done(effect, 'verified'))
  },
}

/** Its commit waits, as behind a slow disk, until somebody else waits for what it does, or gave up asking. */
async function slowed(url: string, call: () => Promise<unknown>): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const table of ['jobs', 'effects']) {
      await client.query(`CREATE OR REPLACE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON onelabel.${table} DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION public.slow()`)
    }
    await client.query('SELECT pg_advisory_lock(1)')
    let isOver = false
    const answer = call().finally(() => {
      isOver = true
    })
    answer.catch(() => {})
    const waiting = async () =>
      Number((await client.query('SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted')).rows[0].count)
    while (!isOver && (await waiting()) < 2) await pause(5)
    await client.query('SELECT pg_advisory_unlock(1)')
    return await answer
  } finally {
    await client.end()
  }
}

for (const [name, bringTo] of Object.entries(CALLS)) {
  test(`${name}: a commit that is under way while its lost answer is asked for is waited for`, { skip }, async (t) => {
    const { store, way, url } = await openBench(t)
    const call = await bringTo(store, await submit(store))
    way.arm(true)
    assert.equal(await slowed(url, call), 1)
    assert.ok(!way.isArmed())
  })
}

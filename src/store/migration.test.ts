/** A data base that an earlier version left, with jobs in it: every job is still there, and goes on. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { postgresMissing, startPostgres } from '../../test/fixtures/postgres.ts'
import { POSTGRES_STEPS, SQLITE_STEPS } from './schema.ts'
import { openPostgresStore, openSqliteStore, type Store } from './store.ts'

const REPORT = JSON.stringify({ device: 'cpu', warnings: [] })
const TASK = JSON.stringify({ scans: { t1: 'x/t1.nii' }, mode: 'async', options: {} })
const PROGRESS = JSON.stringify({ stage: 'infer', done: 1, total: 8 })

/** As version 1 wrote them; `no` is what its engine has for false. */
const rows = (no: '0' | 'false', leaseEndMs: number) => [
  `('waits', 'ann', '${TASK}', 5, NULL, 'queued', 1, NULL, '${PROGRESS}', NULL, NULL, 0, ${no}, NULL)`,
  `('runs', 'ann', '${TASK}', 5, NULL, 'running', 2, NULL, '${PROGRESS}', NULL, NULL, 1, ${no}, ${leaseEndMs})`,
  `('ended', 'ann', '${TASK}', 5, 'c', 'succeeded', 3, 4, '${PROGRESS}', '${REPORT}', 'k', 1, ${no}, NULL)`,
]
const insert = (schema: string, row: string) =>
  `INSERT INTO ${schema}jobs (id, owner, task, input_bytes, cache_key, state, created_ms, finished_ms, progress, report,
    labels_key, attempt, cancel_requested, lease_until_ms) VALUES ${row}`

async function holdToEveryJob(store: Store): Promise<void> {
  const ended = await store.findResult('ann', 'c')
  assert.ok(ended?.job.state === 'succeeded')
  assert.deepEqual([ended.job.report, ended.labelsKey], [JSON.parse(REPORT), 'k'])
  assert.deepEqual(await store.ofCohort({ owner: 'ann', cohort: 'study', limit: 1 }), [])
  assert.deepEqual(await store.reap(), [])
  const claims = [await store.claim('w', 60_000), await store.claim('w', 60_000)]
  assert.deepEqual(
    claims.map((claim) => [claim?.id, claim?.token]),
    [
      ['waits', 1],
      ['runs', 2],
    ],
  )
  assert.ok((await store.settle(claims[0]!, { type: 'cancel' }))?.hasEnded)
  assert.equal((await store.requestCancel('runs'))?.cancelRequested, true)
  assert.ok(await store.forget('ended'))
}

test('SQLite: jobs of schema 1 are all there, and go on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-migration-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'jobs.sqlite')
  const db = new DatabaseSync(path)
  db.exec(`${SQLITE_STEPS[0]}; PRAGMA user_version = 1`)
  for (const row of rows('0', Date.now() - 1)) db.exec(insert('', row))
  db.close()
  const store = openSqliteStore(path)
  t.after(() => store.close())
  await holdToEveryJob(store)
})

test('PostgreSQL: jobs of schema 1 are all there, and go on; the tickets beside them are gone', {
  skip: postgresMissing,
}, async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.close())
  const url = await postgres.newDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('CREATE SCHEMA onelabel; CREATE SCHEMA onelabel_boss; CREATE TABLE onelabel_boss.job (id text)')
  await client.query(`${POSTGRES_STEPS[0]} CREATE TABLE onelabel.version (version integer NOT NULL);
    INSERT INTO onelabel.version VALUES (1)`)
  for (const row of rows('false', 0)) await client.query(insert('onelabel.', row))
  // A lease that began after the server did and has run out.
  await client.query(`UPDATE onelabel.jobs SET lease_ms = 1, lease_until_ms =
    (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint + 2 WHERE id = 'runs'`)
  const store = await openPostgresStore(url)
  t.after(() => store.close())
  await holdToEveryJob(store)
  const { rows: schemas } = await client.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'onelabel_boss'`)
  assert.deepEqual(schemas, [])
  await client.end()
})

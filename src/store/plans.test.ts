/** Each hot statement, as the planner of each engine would run it over many rows: by its index, never through the table. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { type Postgres, postgresMissing, startPostgres } from '../../test/fixtures/postgres.ts'
import type { Database, Value } from './database.ts'
import { effectStatements } from './effect-statements.ts'
import { jobStatements } from './job-statements.ts'
import { openPostgres } from './postgres-database.ts'
import { openSqlite } from './sqlite-database.ts'
import { studyStatements } from './study-statements.ts'

const JOBS = 2000
const folder = mkdtempSync(join(tmpdir(), 'onelabel-plans-'))
let postgres: Postgres | undefined
if (postgresMissing === false) {
  before(async () => {
    postgres = await startPostgres()
  })
}
after(async () => {
  await postgres?.close()
  rmSync(folder, { recursive: true })
})

/** Statement → the indexes that may serve it, and values to ask it with. */
function hot({
  dialect,
}: Database): readonly (readonly [name: string, text: string, values: Value[], index: RegExp])[] {
  const jobs = jobStatements(dialect)
  const effects = effectStatements(dialect)
  const studies = studyStatements(dialect)
  return [
    ['byId', jobs.byId, ['j1'], /jobs_id_key|sqlite_autoindex_jobs_1/],
    ['byIdempotency', jobs.byIdempotency, ['ann', 'k1'], /jobs_idempotency/],
    ['list', jobs.list, ['ann', 1000, 10, 'segmentation'], /jobs_owner/],
    ['listInState', jobs.listInState, ['ann', 1000, 10, 'comparison', 'failed'], /jobs_owner|jobs_state/],
    ['ofCohort', jobs.ofCohort, ['ann', 'study', 0, 100], /jobs_cohort/],
    ['lately', jobs.lately, [50], /jobs_state|jobs_pkey/],
    ['ahead', jobs.ahead, [1000], /jobs_state/],
    ['claim', jobs.claim, ['w', 1000, 'by'], /jobs_state/],
    ['renew', jobs.renew, ['j1', 1, 1000], /jobs_id_key|sqlite_autoindex_jobs_1/],
    ['anyLost', jobs.anyLost, [], /jobs_state/],
    ['lost', jobs.lost, [], /jobs_state/],
    ['claimed', jobs.claimed, ['by'], /jobs_state/],
    ['cached', jobs.cached, ['c1', 'ann'], /jobs_cache/],
    ['expired', jobs.expired, [0, 0], /jobs_finished/],
    ['count', jobs.count, [], /jobs_state/],
    ['used', jobs.used, ['ann'], /jobs_state|jobs_owner/],
    ['due', effects.due, ['webhook'], /effects_open/],
    ['ofJob', effects.ofJob, ['j1'], /effects_job/],
    ['listInState effects', effects.listInState, [1e6, 10, 'dead'], /effects_state/],
    ['byIdForUpdate effects', effects.byIdForUpdate, ['e1'], /effects_id_key|sqlite_autoindex_effects_1/],
    ['take study', studies.take, [1000], /pacs_studies_state/],
    ['ended study', studies.ended, ['j1', 'done', 'why'], /pacs_studies_state/],
    ['keysOf study', studies.keysOf, ['1.2.1'], /pacs_intakes_uid/],
    ['earlier study', studies.earlier, ['s1', 'k1'], /pacs_intakes_study/],
    ['byId study', studies.byId, ['s1'], /pacs_studies_id_key|sqlite_autoindex_pacs_studies_1/],
    ['listInState studies', studies.listInState, [1e6, 10, 'parked'], /pacs_studies_state/],
    ['count studies', studies.count, [], /pacs_studies_state/],
  ]
}

/** Adds many jobs, few of which wait, run or have effects that are open: as in a service. */
async function fill(db: Database): Promise<void> {
  const { schema } = db.dialect
  await db.write(async ({ query }) => {
    for (let n = 0; n < JOBS; n++) {
      const state = n < 5 ? 'queued' : n < 10 ? 'running' : 'succeeded'
      const finished = n < 10 ? null : n
      await query(
        `INSERT INTO ${schema}jobs (id, owner, task, input_bytes, cache_key, idempotency_key, state, created_ms, progress,
          finished_ms, cohort) VALUES ($1, $2, '{}', 1, $3, $4, $5, 1, '{}', $6, $7)`,
        [
          `j${n}`,
          n % 100 === 0 ? 'ann' : `o${n % 50}`,
          `c${n}`,
          `k${n}`,
          state,
          finished,
          n % 10 === 0 ? 'study' : null,
        ],
      )
      await query(
        `INSERT INTO ${schema}effects (id, job_id, kind, target, key, body, names, state, due_ms, created_ms)
          VALUES ($1, $2, 'webhook', 't', $1, 'null', '{}', $3, 1, 1)`,
        [`e${n}`, `j${n}`, n < 5 ? 'pending' : n < 10 ? 'dead' : 'sent'],
      )
      await query(
        `INSERT INTO ${schema}pacs_studies (id, source, source_key, rule, study_uid, stamp, state, job_id, due_ms, opened_ms,
          created_ms) VALUES ($1, 'gateway', $1, 'brain', $2, '', $3, $4, 1, 1, 1)`,
        [`s${n}`, `1.2.${n}`, n < 5 ? 'open' : n < 10 ? 'parked' : 'done', `j${n}`],
      )
      await query(
        `INSERT INTO ${schema}pacs_intakes (key, rule, study_id, study_uid, created_ms) VALUES ($1, 'brain', $2, $3, 1)`,
        [`k${n}`, `s${n}`, `1.2.${n}`],
      )
    }
  })
}

async function holdToIndexes(t: TestContext, db: Database): Promise<void> {
  t.after(() => db.close())
  await fill(db)
  if (db.dialect.schema !== '') {
    for (const table of ['jobs', 'effects', 'pacs_studies', 'pacs_intakes'])
      await db.write(({ query }) => query(`ANALYZE onelabel.${table}`))
  }
  for (const [name, text, values, index] of hot(db)) {
    // A transaction, because a plan with FOR UPDATE wants one.
    const plan = await db.write(({ query }) => query(db.dialect.explain + text, values))
    const told = plan.map((row) => Object.values(row).join(' ')).join('\n')
    assert.match(told, index, `${name}\n${told}`)
  }
}

test('SQLite: every hot statement uses its index', (t) => holdToIndexes(t, openSqlite(join(folder, 'jobs.sqlite'))))

test('PostgreSQL: every hot statement uses its index', { skip: postgresMissing }, async (t) =>
  holdToIndexes(t, await openPostgres(await postgres!.newDatabase())),
)

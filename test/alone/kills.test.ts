/**
 * kill -9 at each step between the claim of a job and the last thing that must follow its end, again and again while jobs
 * come, are cancelled, forgotten and lost: then everything is counted in the store.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { countAudit, countBlobs, countEffects, countJobs, countWebhooks } from '../fixtures/kept-count.ts'
import { openKillSite } from '../fixtures/kill-site.ts'
import { type Ledger, openPostgresLedger, openSqliteLedger } from '../fixtures/ledger.ts'
import { postgresMissing, startPostgres } from '../fixtures/postgres.ts'

const PROMISE = 'no job is lost, no end is told twice, no line of the audit is missing or doubled'

function tally(values: Iterable<string>): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].map(([value, count]) => `${value} ${count}`).join(', ')
}

/** @param url of an empty data base of PostgreSQL, or null for SQLite */
async function killAndCount(t: TestContext, url: string | null, kills: number): Promise<void> {
  const site = await openKillSite(t, url)
  const ledger: Ledger = url === null ? openSqliteLedger(join(site.dir, 'jobs.sqlite')) : await openPostgresLedger(url)
  const steps = await site.countSteps()
  assert.ok(steps.length <= kills, `${steps.length} steps`)
  const killed = Array.from({ length: kills }, (_, index) => steps[index % steps.length]!)
  await site.killAt(killed)
  await site.finish()

  const kept = await countJobs(site, ledger)
  await countEffects(site)
  const audited = await countAudit(site)
  countWebhooks(site, audited)
  countBlobs(site, kept)
  const ends = [...audited.values()].map(({ state, fault }) => (fault === undefined ? state : `${state} as ${fault}`))
  t.diagnostic(`${steps.length} steps, ${killed.length} kills: ${tally(killed)}`)
  t.diagnostic(`${site.jobs.size} jobs, ${site.forgotten.size} of them forgotten: ${tally(ends)}`)
  t.diagnostic(`${site.received.length} webhooks for ${site.taken.size} ends`)

  for (const id of kept.keys()) await site.store.forget(id)
  await site.finish()
  assert.deepEqual(readdirSync(join(site.dir, 'blobs')), [], 'nothing is left of jobs that are forgotten')
  assert.deepEqual(await countAudit(site), audited)
}

/** For a process that never comes to where it is to die: nothing else here is in a hurry. */
const timeout = 30 * 60_000

test(`SQLite, 200 kills: ${PROMISE}`, { timeout }, (t) => killAndCount(t, null, 200))

test(`PostgreSQL, 60 kills: ${PROMISE}`, { skip: postgresMissing, timeout }, async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.close())
  await killAndCount(t, await postgres.newDatabase(), 60)
})

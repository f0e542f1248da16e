/**
 * The PostgreSQL engine: for any number of API and worker machines. Changes are told to all processes by NOTIFY. Rejects
 * with FaultError `not-ready` when the server was not reached for a few seconds. Many processes may start at once: one at
 * a time brings the schema up to date.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { FaultError } from '../errors.ts'
import type { Database, Dialect, Query, Topic } from './database.ts'
import { createEars, tellings } from './ears.ts'
import { type Connection, openConnection, REACH_MS } from './postgres-connection.ts'
import { listenTo } from './postgres-listener.ts'
import { POSTGRES_STEPS } from './schema.ts'

const NOW_MS = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'
const STARTED_MS = '(extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint'
/** For a server that recovers from a crash, and for workers to find it again. */
const RECOVERY_MS = 20_000

export const POSTGRES: Dialect = {
  schema: 'onelabel.',
  nowMs: NOW_MS,
  // A server that was away cannot have heard a heartbeat: leases from before its start last once more from there. Without
  // this a restart would count as the loss of every worker, and two of them as poison.
  leaseEndMs: `CASE WHEN lease_until_ms - lease_ms < ${STARTED_MS}
    THEN ${STARTED_MS} + lease_ms + ${RECOVERY_MS} ELSE lease_until_ms END`,
  forUpdate: 'FOR UPDATE',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  lock: `SELECT pg_advisory_xact_lock(7305412, hashtext($1))`,
  explain: 'EXPLAIN ',
  // Fails on a server that only reads (a standby), and where the table is not to be read.
  ping: 'SELECT pg_current_xact_id(), (SELECT 1 FROM onelabel.jobs LIMIT 1)',
}

const CHANNEL = 'onelabel_jobs'
const TOPICS: readonly (string | undefined)[] = ['job', 'work', 'effect', 'study'] satisfies readonly Topic[]
const isTopic = (text: string | undefined): text is Topic => TOPICS.includes(text)
/** Any number, as long as it is always this: the advisory lock of whoever migrates. */
const MIGRATION_LOCK = 7_305_411
const MIGRATION_MS = 30 * 60_000

/**
 * Brings the schema up to date, within one transaction.
 * @throws FaultError not-ready when a later version of this service made it
 */
export async function migrate(query: Query): Promise<void> {
  await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
  const [table] = await query<{ there: boolean }>(`SELECT to_regclass('onelabel.version') IS NOT NULL AS there`)
  const versions = table?.there ? await query<{ version: number }>('SELECT version FROM onelabel.version') : []
  const found = versions[0]?.version ?? 0
  if (found > POSTGRES_STEPS.length) {
    const known = `this version of the service knows schemas up to ${POSTGRES_STEPS.length}`
    throw new FaultError('not-ready', `the data base has schema ${found}, ${known}; start the newer one again`)
  }
  // Only who changes something needs the right to.
  if (found === POSTGRES_STEPS.length) return
  await query('CREATE SCHEMA IF NOT EXISTS onelabel')
  await query('CREATE TABLE IF NOT EXISTS onelabel.version (version integer NOT NULL)')
  for (const step of POSTGRES_STEPS.slice(found)) await query(step)
  await query('DELETE FROM onelabel.version')
  await query('INSERT INTO onelabel.version VALUES ($1)', [POSTGRES_STEPS.length])
}

/**
 * @param url postgres://user:password@host/database; the user must be allowed to make schemas in it at the first start
 * @throws FaultError not-ready when the server is not reached, or a later version of this service made its schema
 */
export async function openPostgres(url: string): Promise<Database> {
  const connection = openConnection(url)
  try {
    await bringUpToDate(url)
    return await listening(url, connection)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** With time for a table of many jobs to be written anew. */
async function bringUpToDate(url: string): Promise<void> {
  const patient = openConnection(url, MIGRATION_MS)
  await patient.write(migrate).finally(patient.close)
}

async function listening(url: string, connection: Connection): Promise<Database> {
  const me = randomUUID()
  const ears = createEars()
  // What this process did it was told already.
  const ear = listenTo(url, CHANNEL, (payload) => {
    const [from, topic, jobId] = payload.split(' ')
    // An older process tells no topic.
    if (from === me || jobId === undefined || !isTopic(topic)) return
    ears.tell({ topic, jobId })
  })
  await Promise.race([ear.ready, pause(REACH_MS, undefined, { ref: false })])

  return {
    dialect: POSTGRES,
    read: connection.read,
    async write(work, find) {
      const { all, tell } = tellings()
      const result = await connection.write(async (query) => {
        const done = await work({ query, tell })
        for (const { topic, jobId } of all())
          await query('SELECT pg_notify($1, $2)', [CHANNEL, `${me} ${topic} ${jobId}`])
        return done
      }, find)
      for (const told of all()) ears.tell(told)
      return result
    },
    ping: () => connection.writeNow(async (query) => void (await query(POSTGRES.ping))),
    onTold: ears.onTold,
    async close() {
      ear.stop()
      await connection.close()
    },
  }
}

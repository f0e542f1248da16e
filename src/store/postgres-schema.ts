/**
 * The tables of the PostgreSQL engine: schema `onelabel`. Its version is in onelabel.version; many processes may start at
 * once, so one at a time migrates. A newer version than this code knows is refused untouched.
 */
import { FaultError } from '../errors.ts'
import type { Query } from './postgres-connection.ts'

/** Any number, as long as it is always this: the advisory lock of whoever migrates. */
const MIGRATION_LOCK = 7_305_411

/** Every schema that ever was: version n is what the first n steps make. */
const STEPS: readonly string[] = [
  `CREATE TABLE onelabel.jobs (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order of submission
     id text NOT NULL UNIQUE,
     owner text NOT NULL,
     task json NOT NULL,
     input_bytes bigint NOT NULL,
     cache_key text,
     idempotency_key text,
     body_hash text,
     traceparent text,
     state text NOT NULL,
     created_ms bigint NOT NULL,
     finished_ms bigint,
     progress json NOT NULL,
     report json,
     fault json,
     labels_key text,
     attempt integer NOT NULL DEFAULT 0,
     kills integer NOT NULL DEFAULT 0,
     sequence integer NOT NULL DEFAULT 1,
     cancel_requested boolean NOT NULL DEFAULT false,
     worker text,
     lease_ms bigint,
     lease_until_ms bigint
   );
   CREATE UNIQUE INDEX jobs_idempotency ON onelabel.jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
   CREATE INDEX jobs_unfinished ON onelabel.jobs (state, seq) WHERE state IN ('queued', 'running');
   CREATE INDEX jobs_cache ON onelabel.jobs (cache_key) WHERE cache_key IS NOT NULL;
   CREATE INDEX jobs_finished ON onelabel.jobs (finished_ms) WHERE finished_ms IS NOT NULL;`,
]

/** Whether this transaction may migrate; another is at it otherwise. */
export async function tryToLock(query: Query): Promise<boolean> {
  const [row] = await query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [MIGRATION_LOCK])
  return row?.mine === true
}

/**
 * Brings the schema up to date, within the caller's transaction, which holds the lock.
 * @throws FaultError not-ready when a later version of this service made it
 */
export async function migrate(query: Query): Promise<void> {
  const [table] = await query<{ there: boolean }>(`SELECT to_regclass('onelabel.version') IS NOT NULL AS there`)
  const versions = table?.there ? await query<{ version: number }>('SELECT version FROM onelabel.version') : []
  const found = versions[0]?.version ?? 0
  if (found > STEPS.length) {
    const known = `this version of the service knows schemas up to ${STEPS.length}`
    throw new FaultError('not-ready', `the data base has schema ${found}, ${known}; start the newer one again`)
  }
  // Only who changes something needs the right to.
  if (found === STEPS.length) return
  await query('CREATE SCHEMA IF NOT EXISTS onelabel')
  await query('CREATE TABLE IF NOT EXISTS onelabel.version (version integer NOT NULL)')
  for (const step of STEPS.slice(found)) await query(step)
  await query('DELETE FROM onelabel.version')
  await query('INSERT INTO onelabel.version VALUES ($1)', [STEPS.length])
}

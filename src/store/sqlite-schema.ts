/**
 * The file of the SQLite engine: <data>/jobs.sqlite, opened so that what was acknowledged survives a power cut (WAL with
 * synchronous=FULL) and so that several processes of one machine may open it. Never on a network file system: WAL needs
 * shared memory. Schema versions are numbers in user_version; a newer one than this code knows is refused untouched.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { FaultError } from '../errors.ts'

/** Every schema that ever was: version n is what the first n steps make. */
const STEPS: readonly string[] = [
  `CREATE TABLE jobs (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of submission
     id TEXT NOT NULL UNIQUE,
     owner TEXT NOT NULL,
     task TEXT NOT NULL,                    -- JSON
     input_bytes INTEGER NOT NULL,
     cache_key TEXT,
     idempotency_key TEXT,
     body_hash TEXT,
     traceparent TEXT,
     state TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     finished_ms INTEGER,
     progress TEXT NOT NULL,                -- JSON
     report TEXT,                           -- JSON
     fault TEXT,                            -- JSON
     labels_key TEXT,
     attempt INTEGER NOT NULL DEFAULT 0,
     kills INTEGER NOT NULL DEFAULT 0,
     sequence INTEGER NOT NULL DEFAULT 1,
     cancel_requested INTEGER NOT NULL DEFAULT 0,
     worker TEXT,
     lease_until_ms INTEGER
   ) STRICT;
   CREATE UNIQUE INDEX jobs_idempotency ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
   CREATE INDEX jobs_unfinished ON jobs (state, seq) WHERE state IN ('queued', 'running');
   CREATE INDEX jobs_cache ON jobs (cache_key) WHERE cache_key IS NOT NULL;
   CREATE INDEX jobs_finished ON jobs (finished_ms) WHERE finished_ms IS NOT NULL;`,
]

/** How long a write waits for that of another process. Writes take milliseconds; the event loop waits with them. */
const BUSY_MS = 5_000

/**
 * Opens the file, or makes it, readable by this user only, and brings its schema up to date.
 * @throws FaultError not-ready when a later version of this service made it; Error with a code of the file system or of
 *   SQLite when it cannot be used
 */
export function openJobsFile(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec('BEGIN IMMEDIATE')
    const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (found > STEPS.length) {
      const known = `this version of the service knows schemas up to ${STEPS.length}`
      throw new FaultError('not-ready', `the jobs file has schema ${found}, ${known}; start the newer one again`)
    }
    for (const step of STEPS.slice(found)) db.exec(step)
    db.exec(`PRAGMA user_version = ${STEPS.length}; COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

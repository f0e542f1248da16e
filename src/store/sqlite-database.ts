/**
 * The SQLite engine: one file, for one machine (the default; nothing to set up). What was acknowledged survives a power cut
 * (WAL with synchronous=FULL), and several processes of one machine may open the file; never on a network file system: WAL
 * needs shared memory. Calls take well under a millisecond plus one fsync. Transactions take the write lock first
 * (BEGIN IMMEDIATE), so that two processes never decide on the same state, and those of this process follow one another.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { FaultError } from '../errors.ts'
import type { Database, Dialect, Query, Value } from './database.ts'
import { createEars, tellings } from './ears.ts'
import { SQLITE_STEPS } from './schema.ts'

export const SQLITE: Dialect = {
  schema: '',
  nowMs: 'now_ms()',
  leaseEndMs: 'lease_until_ms',
  forUpdate: '',
  skipLocked: '',
  lock: null,
  explain: 'EXPLAIN QUERY PLAN ',
  ping: 'SELECT 1 AS one FROM jobs LIMIT 1',
}

/** How long a write waits for that of another process; writes take milliseconds. */
const BUSY_MS = 5_000
const BUSY_PAUSE_MS = 5
/** Two of the primary result codes (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5
const SQLITE_FULL = 13

function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
}

/** A full disk is the caller's to know of. */
function asFault(error: unknown): unknown {
  return codeOf(error) === SQLITE_FULL
    ? new FaultError('disk-full', 'no space left for jobs; try later', { cause: error })
    : error
}

/**
 * Opens the file, or makes it, readable by this user only, and brings its schema up to date.
 * @throws FaultError not-ready when a later version of this service made it; Error with a code of the file system or of
 *   SQLite when it cannot be used
 */
function openFile(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec('BEGIN IMMEDIATE')
    const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (found > SQLITE_STEPS.length) {
      const known = `this version of the service knows schemas up to ${SQLITE_STEPS.length}`
      throw new FaultError('not-ready', `the jobs file has schema ${found}, ${known}; start the newer one again`)
    }
    for (const step of SQLITE_STEPS.slice(found)) db.exec(step)
    db.exec(`PRAGMA user_version = ${SQLITE_STEPS.length}; COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * @param path of the file; it is made where it is missing, its folder is not
 * @param nowMs the clock of leases and ages, milliseconds since 1970
 * @throws as openFile()
 */
export function openSqlite(path: string, nowMs: () => number = Date.now): Database {
  const db = openFile(path)
  db.function('now_ms', nowMs)
  const prepared = new Map<string, StatementSync>()
  const ears = createEars()
  let last: Promise<unknown> = Promise.resolve()

  const query: Query = async <R extends object>(text: string, values: readonly Value[] = []) => {
    const statement = prepared.get(text) ?? db.prepare(text)
    prepared.set(text, statement)
    return statement.all(Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))) as R[]
  }

  /** A connection has one transaction at a time: whoever comes meanwhile waits, for reading too. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work).catch((error: unknown) => {
      throw asFault(error)
    })
    last = done.catch(() => {})
    return done
  }

  /** Takes the write lock. The event loop goes on while another process, or another opener of this one, has it. */
  async function begin(): Promise<void> {
    for (const deadlineMs = performance.now() + BUSY_MS; ; await pause(BUSY_PAUSE_MS)) {
      try {
        db.exec('PRAGMA busy_timeout = 0')
        return db.exec('BEGIN IMMEDIATE')
      } catch (error) {
        if (codeOf(error) !== SQLITE_BUSY || performance.now() >= deadlineMs) throw error
      } finally {
        if (db.isOpen) db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
      }
    }
  }

  return {
    dialect: SQLITE,
    read: (text, values) => inTurn(() => query(text, values)),
    write: (work) =>
      inTurn(async () => {
        const { all, tell } = tellings()
        await begin()
        try {
          const result = await work({ query, tell })
          db.exec('COMMIT')
          for (const told of all()) ears.tell(told)
          return result
        } catch (error) {
          if (db.isOpen && db.isTransaction) db.exec('ROLLBACK')
          throw error
        }
      }),
    ping: () =>
      inTurn(async () => {
        await begin()
        await query(SQLITE.ping).finally(() => db.exec('ROLLBACK'))
      }),
    onTold: ears.onTold,
    async close() {
      await last
      if (db.isOpen) db.close()
    },
  }
}

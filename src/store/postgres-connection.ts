/**
 * Connections to PostgreSQL, and what their errors mean. A server that is gone for a moment (restarted, failing over) is
 * waited for, but never for longer than REACH_MS; then the caller is told `not-ready`. Whatever was begun and not
 * committed is undone by the server. No error of this file holds the address, which may hold a password.
 */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { FaultError } from '../errors.ts'
import type { Query, Value } from './database.ts'

export interface Connection {
  /** One statement that changes nothing; asked again as long as the server is waited for. */
  readonly read: Query
  /** As Database.write(). Only the begin of the transaction is tried again. */
  write<T>(work: (query: Query) => Promise<T>, find?: (query: Query) => Promise<T | undefined>): Promise<T>
  /** As write, without waiting for the server. */
  writeNow<T>(work: (query: Query) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** How long a server that does not answer is waited for. */
export const REACH_MS = 4_000
const PAUSE_MS = 200
const CONNECT_MS = 3_000
/** A statement takes milliseconds; one that takes so long has lost its server or waits for a lock that is not given back. */
const STATEMENT_MS = 10_000

const INT8 = 20

/** Our bigints are counts, sizes and times: as numbers, where pg would give text. */
const parserOf = ((oid: number, format?: 'text') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser

/** Client options of pool and listener alike. */
export function clientOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'onelabel',
    types: { getTypeParser: parserOf },
  }
}

/** A text of several statements, such as a step of the schema, has several results. */
function rowsOf<R extends object>(result: pg.QueryResult<R> | readonly pg.QueryResult<R>[]): readonly R[] {
  return 'rows' in result ? result.rows : result.flatMap(({ rows }) => rows)
}

/** Classes and codes of "Appendix A. PostgreSQL Error Codes" that pass: connection, shutdown, locks, read-only standby. */
const PASSING = /^(08...|40...|57P0[1-3]|57014|53[23]00|55P03|25P03|25006)$/
const DISK_FULL = '53100'

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
}

/** Whether the server may answer later: it did not answer at all, or said so. */
function isPassing(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return PASSING.test(error.code ?? '')
  return error instanceof Error && codeOf(error) !== 'ERR_INVALID_URL' && !(error instanceof FaultError)
}

function asFault(error: unknown): unknown {
  if (codeOf(error) === DISK_FULL) return new FaultError('disk-full', 'no space left for jobs; try later')
  if (codeOf(error) === 'ERR_INVALID_URL') return new Error('the address of the data base cannot be read')
  if (!isPassing(error)) return error
  return new FaultError('not-ready', `the data base of jobs does not answer (${codeOf(error)}); try later`)
}

/**
 * @param url postgres://… ; nothing is connected before the first call
 * @param statementMs the most that one statement may take
 */
export function openConnection(url: string, statementMs = STATEMENT_MS): Connection {
  const pool = new pg.Pool({
    ...clientOptions(url),
    max: 5,
    query_timeout: statementMs,
    lock_timeout: statementMs / 2,
    // A process that was stopped in the middle of a transaction must not hold up the others.
    idle_in_transaction_session_timeout: statementMs,
  })
  // A connection that breaks between two statements is found out by the next one.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  let closed = false

  async function waitedFor<T>(attempt: () => Promise<T>): Promise<T> {
    for (const deadlineMs = performance.now() + REACH_MS; ; await pause(PAUSE_MS)) {
      try {
        return await attempt()
      } catch (error) {
        if (closed || !isPassing(error) || performance.now() + PAUSE_MS >= deadlineMs) throw asFault(error)
      }
    }
  }

  async function begin(): Promise<pg.PoolClient> {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      return client
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  async function transaction<T>(
    client: pg.PoolClient,
    work: (query: Query) => Promise<T>,
    find?: (query: Query) => Promise<T | undefined>,
  ): Promise<T> {
    let isBroken = false
    let isCommitting = false
    let isReleased = false
    const release = () => {
      if (!isReleased) client.release(isBroken)
      isReleased = true
    }
    const query: Query = async <R extends object>(text: string, values: readonly Value[] = []) => {
      try {
        return rowsOf(await client.query<R>(text, [...values]))
      } catch (error) {
        isBroken ||= isPassing(error)
        throw asFault(error)
      }
    }
    try {
      const result = await work(query)
      isCommitting = true
      await query('COMMIT')
      return result
    } catch (error) {
      // A broken connection is closed, which undoes it as well.
      if (!isBroken) await query('ROLLBACK').catch(() => {})
      if (!isCommitting || !isBroken || find === undefined) throw error
      // Given back first: as many as there are connections may be looking at once.
      release()
      const found = await waitedFor(begin).then((another) => transaction(another, find))
      if (found === undefined) throw error
      return found
    } finally {
      release()
    }
  }

  const said = async <R extends object>(text: string, values: readonly Value[] = []) =>
    rowsOf(await pool.query<R>(text, [...values]))
  const rethrow = (error: unknown): never => {
    throw asFault(error)
  }

  return {
    read: <R extends object>(text: string, values?: readonly Value[]) => waitedFor(() => said<R>(text, values)),
    write: async (work, find) => transaction(await waitedFor(begin), work, find),
    writeNow: async (work) => transaction(await begin().catch(rethrow), work),
    async close() {
      if (closed) return
      closed = true
      await pool.end()
    },
  }
}

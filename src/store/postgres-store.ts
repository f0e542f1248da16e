/**
 * Jobs in PostgreSQL, for any number of API and worker machines. The row of a job is the truth about it; pg-boss says who
 * may look at which row next (postgres-tickets.ts). Every change is one transaction that locks the row first. Changes are
 * told to all processes by NOTIFY. Rejects with FaultError `not-ready` when the server was not reached for a few seconds.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { JobStore } from './job-store.ts'
import { type Change, createChanges, one } from './postgres-changes.ts'
import { type Connection, openConnection, type Query, REACH_MS } from './postgres-connection.ts'
import { listenTo } from './postgres-listener.ts'
import { migrate, tryToLock } from './postgres-schema.ts'
import { SQL } from './postgres-statements.ts'
import { countOf, createSubmit, findSubmitted, usageOf } from './postgres-submit.ts'
import { openTickets, type Tickets, type Waiting } from './postgres-tickets.ts'
import { claimOf, type Row, storedOf } from './sqlite-rows.ts'

const CHANNEL = 'onelabel_jobs'
const PREPARE_AGAIN_MS = 100

/** Jobs that wait and have no ticket: only where somebody emptied pg-boss's tables by hand. */
async function issueMissing(connection: Connection, tickets: Tickets): Promise<void> {
  const listed = await tickets.listed()
  const waiting = await connection.read<Waiting>(SQL.waiting)
  const missing = waiting.filter(({ id }) => !listed.has(id))
  if (missing.length > 0) await connection.write((query) => tickets.issue(query, missing))
}

/** Both schemas, one process at a time: pg-boss's own installation does not bear two. */
async function prepare(connection: Connection): Promise<Tickets> {
  for (;;) {
    const tickets = await connection.write(async (query) => {
      if (!(await tryToLock(query))) return undefined
      await migrate(query)
      return openTickets(connection)
    })
    if (tickets !== undefined) return tickets
    await pause(PREPARE_AGAIN_MS)
  }
}

/**
 * @param url postgres://user:password@host/database; the user must be allowed to make schemas in it at the first start
 * @throws FaultError not-ready when the server is not reached, or a later version of this service made its schema
 */
export async function openPostgresStore(url: string): Promise<JobStore> {
  const connection = openConnection(url)
  let tickets: Tickets | undefined
  try {
    tickets = await prepare(connection)
    await issueMissing(connection, tickets)
    return await createStore(url, connection, tickets)
  } catch (error) {
    await tickets?.close()
    await connection.close()
    throw error
  }
}

async function createStore(url: string, connection: Connection, tickets: Tickets): Promise<JobStore> {
  const changes = createChanges(tickets)
  const { apply, lock, settleRow, takeBack } = changes
  const submitRow = createSubmit(tickets, changes)
  const me = randomUUID()
  const listeners = new Set<(id: string) => void>()
  const tell = (id: string) => {
    for (const listener of listeners) listener(id)
  }
  // What this process did it was told already.
  const ear = listenTo(url, CHANNEL, (payload) => {
    const [from, id] = payload.split(' ')
    if (from !== me && id !== undefined) tell(id)
  })
  await Promise.race([ear.ready, pause(REACH_MS, undefined, { ref: false })])

  async function write<T>(
    work: (change: Change) => Promise<T>,
    find?: (query: Query) => Promise<T | undefined>,
  ): Promise<T> {
    const changed = new Set<string>()
    const result = await connection.write(async (query) => {
      const done = await work({ query, changed })
      for (const id of changed) await query(SQL.tell, [CHANNEL, `${me} ${id}`])
      return done
    }, find)
    for (const id of changed) tell(id)
    return result
  }

  return {
    submit: (job, limits) =>
      write(
        async (change) => storedOf(await submitRow(change, job, limits)),
        async (query) => {
          const row = await findSubmitted(query, job.id)
          return row && storedOf(row)
        },
      ),
    async get(id) {
      const row = await one(connection.read, SQL.byId, [id])
      return row && storedOf(row)
    },
    async findResult(owner, cacheKey) {
      const row = await one(connection.read, SQL.cached, [cacheKey, owner])
      return row && storedOf(row)
    },
    claim: (workerId, leaseMs) =>
      write(async ({ query, changed }) => {
        for (;;) {
          const id = await tickets.take(query)
          if (id === undefined) return undefined
          const [row] = await query<Row & { now_ms: number }>(SQL.start, [id, workerId, leaseMs])
          if (row === undefined) continue
          changed.add(id)
          return claimOf(row, row.now_ms)
        }
      }),
    async reap() {
      if ((await connection.read(SQL.anyLost)).length === 0) return []
      return write(async (change) => {
        const ended: Row[] = []
        for (const row of await change.query<Row>(SQL.lockLost)) {
          const now = await takeBack(change, row, true)
          if (now.state !== 'queued') ended.push(now)
        }
        return ended.map(storedOf)
      })
    },
    heartbeat: (claim, leaseMs, progress) =>
      write(async (change) => {
        const row = await one(change.query, SQL.renew, [claim.id, claim.token, leaseMs])
        if (row === undefined) return 'lost'
        if (progress !== null) await apply(change, row, { type: 'progress', progress })
        return row.cancel_requested !== 0 ? 'cancel' : 'held'
      }),
    settle: (claim, settlement) =>
      write(async (change) => {
        const { row, isHeld } = await lock(change, claim)
        if (row === undefined) return false
        if (isHeld) await settleRow(change, row, settlement)
        // Said before, when the answer was lost with the connection: it is so already.
        const isSaidAgain =
          settlement.type === 'succeed' &&
          row.state === 'succeeded' &&
          row.attempt === claim.token &&
          row.labels_key === settlement.labelsKey
        return isHeld || isSaidAgain
      }),
    giveBack: (claim, why) =>
      write(async (change) => {
        const { row, isHeld } = await lock(change, claim)
        return row && isHeld ? storedOf(await takeBack(change, row, why === 'killed')) : undefined
      }),
    requestCancel: (id) =>
      write(async (change) => {
        const row = await one(change.query, SQL.lockById, [id])
        if (row === undefined) return undefined
        const [found] = await change.query<{ lost: boolean }>(SQL.isLost, [id])
        if (row.state === 'queued' || found?.lost) return storedOf(await apply(change, row, { type: 'cancel' }))
        if (row.state !== 'running') return storedOf(row)
        change.changed.add(id)
        return storedOf((await one(change.query, SQL.flag, [id]))!)
      }),
    expired: async (keepResultsMs) =>
      (await connection.read<{ id: string }>(SQL.old, [keepResultsMs])).map(({ id }) => id),
    forget: (id) => write(async ({ query }) => (await query(SQL.drop, [id])).length > 0),
    async counts() {
      const { queued, running, waited_ms: waitedMs } = await countOf(connection.read)
      return { queued, running, oldestQueuedS: waitedMs / 1000 }
    },
    usage: (owner) => usageOf(connection.read, owner),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ping: () => connection.writeNow(async (query) => void (await query(SQL.ping))),
    async close() {
      ear.stop()
      await tickets.close()
      await connection.close()
    },
  }
}

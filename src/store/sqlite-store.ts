/**
 * Jobs in one SQLite file, for one machine (the default; nothing to set up). Calls are synchronous inside and take well
 * under a millisecond plus one fsync; every change is one transaction that takes the write lock first (BEGIN IMMEDIATE),
 * so that two processes never decide on the same state. Changes are told within this process only.
 */
import { FaultError } from '../errors.ts'
import { after, type JobEvent, newJob } from './job.ts'
import { type Claim, type JobStore, MAX_KILLS, POISON, type Settlement } from './job-store.ts'
import { requireRoom } from './limits.ts'
import { claimOf, jobOf, type Row, storedOf } from './sqlite-rows.ts'
import { openJobsFile } from './sqlite-schema.ts'
import { prepareStatements } from './sqlite-statements.ts'

/** SQLITE_FULL, of the primary result codes (sqlite.org/rescode.html). */
const SQLITE_FULL = 13

/** A full disk is the caller's to know of. */
function asFault(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  return code === SQLITE_FULL
    ? new FaultError('disk-full', 'no space left for jobs; try later', { cause: error })
    : error
}

/**
 * @param path of the file; it is made where it is missing, its folder is not
 * @param nowMs the clock of leases and ages, milliseconds since 1970
 * @throws as openJobsFile()
 */
export function openSqliteStore(path: string, nowMs: () => number = Date.now): JobStore {
  const db = openJobsFile(path)
  const listeners = new Set<(id: string) => void>()
  const changed = new Set<string>()
  const sql = prepareStatements(db)

  const rowOf = (id: string) => sql.byId.get(id) as Row | undefined
  const countNow = () => sql.count.get() as { queued: number; running: number; oldest: number | null }
  const usageNow = (owner: string) => ({ ...(sql.used.get(owner) as { jobs: number; bytes: number }) })

  /** What `work` did is on the disk when this resolves, or was undone when it rejects; then the listeners are told. */
  async function write<T>(work: () => T): Promise<T> {
    changed.clear()
    try {
      db.exec('BEGIN IMMEDIATE')
      const result = work()
      db.exec('COMMIT')
      for (const id of [...changed]) for (const listener of listeners) listener(id)
      return result
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK')
      throw asFault(error)
    }
  }

  function apply(row: Row, event: JobEvent, { labelsKey = row.labels_key, kills = row.kills } = {}): Row {
    const job = after(jobOf(row), event, nowMs())
    changed.add(row.id)
    return sql.update.get(
      job.state,
      'finishedAtMs' in job ? job.finishedAtMs : null,
      JSON.stringify(job.progress),
      job.state === 'succeeded' ? JSON.stringify(job.report) : null,
      job.state === 'failed' ? JSON.stringify(job.fault) : null,
      labelsKey,
      kills,
      job.state,
      row.id,
    ) as unknown as Row
  }

  /** The row as long as the claim is good: no later attempt, not taken back, not ended. */
  function heldBy({ id, token }: Claim): Row | undefined {
    const row = rowOf(id)
    return row?.state === 'running' && row.attempt === token ? row : undefined
  }

  function settleRow(row: Row, settlement: Settlement): Row {
    if (settlement.type !== 'succeed') return apply(row, settlement)
    const { report, labelsKey } = settlement
    return apply(row, { type: 'succeed', report }, { labelsKey })
  }

  /** The end of an attempt that brought nothing. */
  function takeBack(row: Row, isKill: boolean): Row {
    const kills = row.kills + (isKill ? 1 : 0)
    if (row.cancel_requested !== 0) return apply(row, { type: 'cancel' }, { kills })
    if (kills >= MAX_KILLS) return apply(row, { type: 'fail', fault: POISON }, { kills })
    return apply(row, { type: 'requeue' }, { kills })
  }

  return {
    submit: (job, limits) =>
      write(() => {
        const { id, owner, task, inputBytes, cacheKey, idempotency, traceparent, result } = job
        const earlier = idempotency && (sql.byIdempotency.get(owner, idempotency.key) as Row | undefined)
        if (earlier) {
          if (earlier.body_hash === idempotency.bodyHash) return storedOf(earlier)
          throw new FaultError(
            'idempotency-mismatch',
            'this idempotency key was used for another scan or other options',
          )
        }
        if (result === null) requireRoom(countNow().queued, usageNow(owner), inputBytes, limits)
        const { createdAtMs, progress } = newJob(id, nowMs())
        const [key, bodyHash] = [idempotency?.key ?? null, idempotency?.bodyHash ?? null]
        const start = [createdAtMs, JSON.stringify(progress)] as const
        sql.insert.run(id, owner, JSON.stringify(task), inputBytes, cacheKey, key, bodyHash, traceparent, ...start)
        changed.add(id)
        const row = rowOf(id)!
        if (result === null) return storedOf(row)
        return storedOf(settleRow(apply(row, { type: 'start' }), { type: 'succeed', ...result }))
      }),
    async get(id) {
      const row = rowOf(id)
      return row && storedOf(row)
    },
    async findResult(owner, cacheKey) {
      const row = sql.cached.get(cacheKey, owner) as Row | undefined
      return row && storedOf(row)
    },
    claim: (workerId, leaseMs) =>
      write(() => {
        const row = sql.claimNext.get(workerId, nowMs() + leaseMs) as Row | undefined
        if (row !== undefined) changed.add(row.id)
        return row && claimOf(row, nowMs())
      }),
    async reap() {
      if (sql.runOut.get(nowMs()) === undefined) return []
      return write(() => {
        const rows = (sql.runOut.all(nowMs()) as unknown as Row[]).map((row) => takeBack(row, true))
        return rows.filter(({ state }) => state !== 'queued').map(storedOf)
      })
    },
    heartbeat: (claim, leaseMs, progress) =>
      write(() => {
        const row = heldBy(claim)
        if (row === undefined) return 'lost'
        sql.renew.run(nowMs() + leaseMs, claim.id)
        if (progress !== null) apply(row, { type: 'progress', progress })
        return row.cancel_requested !== 0 ? 'cancel' : 'held'
      }),
    settle: (claim, settlement) =>
      write(() => {
        const row = heldBy(claim)
        if (row !== undefined) settleRow(row, settlement)
        return row !== undefined
      }),
    giveBack: (claim, why) =>
      write(() => {
        const row = heldBy(claim)
        return row && storedOf(takeBack(row, why === 'killed'))
      }),
    requestCancel: (id) =>
      write(() => {
        const row = rowOf(id)
        if (row === undefined) return undefined
        const isLost = row.state === 'running' && (row.lease_until_ms ?? 0) <= nowMs()
        if (row.state === 'queued' || isLost) return storedOf(apply(row, { type: 'cancel' }))
        if (row.state !== 'running') return storedOf(row)
        changed.add(id)
        return storedOf(sql.flag.get(id) as unknown as Row)
      }),
    expired: async (keepResultsMs) => (sql.old.all(nowMs() - keepResultsMs) as { id: string }[]).map(({ id }) => id),
    forget: (id) => write(() => sql.drop.run(id).changes > 0),
    async counts() {
      const { queued, running, oldest } = countNow()
      return { queued, running, oldestQueuedS: oldest === null ? 0 : Math.max(0, nowMs() - oldest) / 1000 }
    },
    usage: async (owner) => usageNow(owner),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ping: () => write(() => {}),
    async close() {
      if (db.isOpen) db.close()
    },
  }
}

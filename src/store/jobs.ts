/**
 * Jobs, on either engine: the rules of job-store.ts, each call one transaction that locks the row it changes. With an end
 * its effects are written; a call whose answer was lost finds by `changed_by` what it did.
 */
import { randomUUID } from 'node:crypto'
import { FaultError } from '../errors.ts'
import { type Database, type Query, type Transaction, takeLock } from './database.ts'
import type { createEffects } from './effects.ts'
import type { FollowUps } from './follow-ups.ts'
import { newJob } from './job.ts'
import { changesOf } from './job-changes.ts'
import { createCorrect } from './job-corrections.ts'
import { readsOf } from './job-reads.ts'
import { jobStatements } from './job-statements.ts'
import type { Changed, Claim, JobStore, Settlement } from './job-store.ts'
import { requireRoom } from './limits.ts'
import { claimOf, isEnded, type Row, storedOf } from './rows.ts'
import { kindOf } from './task.ts'

/** Names what one attempt says of its end: the same when it is said again. */
const nameOf = ({ id, token }: Pick<Claim, 'id' | 'token'>, what: string) => `${id}/${token} ${what}`

function nameOfSettlement(settlement: Settlement): string {
  if (settlement.type === 'succeed') return `succeed ${settlement.labelsKey}`
  return settlement.type === 'fail' ? `fail ${settlement.fault?.kind ?? 'internal'}` : 'cancel'
}

export function createJobs(
  db: Database,
  effects: ReturnType<typeof createEffects>,
  followUps: FollowUps,
): Omit<JobStore, 'ping' | 'onChange' | 'onWork' | 'close'> {
  const sql = jobStatements(db.dialect)
  const { apply, takeBack } = changesOf(sql, effects, followUps)
  const one = async (query: Query, text: string, values: readonly (string | number)[]) =>
    (await query<Row>(text, values))[0]
  const changed = (row: Row, hasEnded: boolean): Changed => ({ ...storedOf(row), hasEnded })
  const usageOf = async (query: Query, owner: string) =>
    (await query<{ jobs: number; bytes: number }>(sql.used, [owner]))[0]!
  const countOf = async (query: Query) =>
    (await query<{ queued: number; running: number; oldest_ms: number | null; now_ms: number }>(sql.count))[0]!

  /** Whether it is `by` that changed the job last, as where its answer was lost. */
  async function done(query: Query, id: string, by: string): Promise<Changed | undefined> {
    const row = await one(query, sql.byIdForUpdate, [id])
    return row?.changed_by === by ? changed(row, isEnded(row)) : undefined
  }

  /** Changes the row as long as the claim is good: no later attempt, not taken back, not ended. */
  function asHolder(claim: Claim, what: string, change: (tx: Transaction, row: Row, by: string) => Promise<Row>) {
    const by = nameOf(claim, what)
    return db.write<Changed | undefined>(
      async (tx) => {
        const row = await one(tx.query, sql.byIdForUpdate, [claim.id])
        if (row?.state !== 'running' || row.attempt !== claim.token) return done(tx.query, claim.id, by)
        const now = await change(tx, row, by)
        return changed(now, isEnded(now))
      },
      (query) => done(query, claim.id, by),
    )
  }

  return {
    submit: (job, limits) =>
      db.write(
        async (tx) => {
          const { id, owner, task, inputBytes, cacheKey, idempotency, traceparent, result } = job
          // One submission at a time, of all machines: what it counts must still be so when it inserts.
          await takeLock(db.dialect, tx.query, 'submissions')
          const earlier = idempotency && (await one(tx.query, sql.byIdempotency, [owner, idempotency.key]))
          if (earlier) {
            if (earlier.body_hash === idempotency.bodyHash) return changed(earlier, false)
            const why = 'this idempotency key was used for another scan or other options'
            throw new FaultError('idempotency-mismatch', why)
          }
          if (result === null) {
            const { queued } = await countOf(tx.query)
            requireRoom(queued, await usageOf(tx.query, owner), inputBytes, limits)
          }
          const [key, bodyHash] = [idempotency?.key ?? null, idempotency?.bodyHash ?? null]
          const progress = JSON.stringify(newJob(id, 0).progress)
          const { cohort = null } = task
          const values = [
            id,
            owner,
            JSON.stringify(task),
            inputBytes,
            cacheKey,
            key,
            bodyHash,
            traceparent,
            progress,
            cohort,
            kindOf(task),
          ]
          const [row] = await tx.query<Row>(sql.insert, values)
          tx.tell('job', id)
          if (result === null) {
            tx.tell('work', id)
            return changed(row!, false)
          }
          const { report, labelsKey } = result
          const started = await apply(tx, row!, { type: 'start' }, null)
          return changed(await apply(tx, started, { type: 'succeed', report }, id, { labelsKey }), true)
        },
        async (query) => {
          // The lock is taken, so that a commit still under way is waited for.
          await takeLock(db.dialect, query, 'submissions')
          const row = await one(query, sql.byId, [job.id])
          return row && changed(row, job.result !== null)
        },
      ),
    ...readsOf(db, sql),
    claim(workerId, leaseMs) {
      // A lock of the call's own: by it a commit still under way is waited for, where no row is known to wait for.
      const by = randomUUID()
      return db.write(
        async (tx) => {
          await takeLock(db.dialect, tx.query, by)
          const row = await one(tx.query, sql.claim, [workerId, leaseMs, by])
          if (row !== undefined) tx.tell('job', row.id)
          return row && claimOf(row)
        },
        async (query) => {
          await takeLock(db.dialect, query, by)
          const row = await one(query, sql.claimed, [by])
          return row && claimOf(row)
        },
      )
    },
    async reap() {
      if ((await db.read(sql.anyLost)).length === 0) return []
      const by = randomUUID()
      return db.write(
        async (tx) => {
          await takeLock(db.dialect, tx.query, by)
          const ended: Row[] = []
          for (const row of await tx.query<Row>(sql.lost)) {
            const now = await takeBack(tx, row, true, by)
            if (isEnded(now)) ended.push(now)
          }
          return ended.map(storedOf)
        },
        async (query) => {
          await takeLock(db.dialect, query, by)
          return (await query<Row>(sql.endedBy, [by])).map(storedOf)
        },
      )
    },
    heartbeat: (claim, leaseMs, progress) =>
      db.write(async (tx) => {
        const row = await one(tx.query, sql.renew, [claim.id, claim.token, leaseMs])
        if (row === undefined) return 'lost'
        if (progress !== null) await apply(tx, row, { type: 'progress', progress }, row.changed_by)
        return row.cancel_requested !== 0 ? 'cancel' : 'held'
      }),
    settle: (claim, settlement) =>
      asHolder(claim, nameOfSettlement(settlement), (tx, row, by) => {
        if (settlement.type !== 'succeed') return apply(tx, row, settlement, by)
        const { report, labelsKey } = settlement
        return apply(tx, row, { type: 'succeed', report }, by, { labelsKey })
      }),
    giveBack: (claim, why) => asHolder(claim, why, (tx, row, by) => takeBack(tx, row, why === 'killed', by)),
    requestCancel(id) {
      const by = randomUUID()
      return db.write<Changed | undefined>(
        async (tx) => {
          const row = await one(tx.query, sql.byIdForUpdate, [id])
          if (row === undefined) return undefined
          const isLost = (await tx.query(sql.isLost, [id])).length > 0
          if (row.state === 'queued' || isLost) return changed(await apply(tx, row, { type: 'cancel' }, by), true)
          if (row.state !== 'running') return changed(row, false)
          tx.tell('job', id)
          return changed((await one(tx.query, sql.flag, [id]))!, false)
        },
        (query) => done(query, id, by),
      )
    },
    forget: (id, why = 'old') =>
      db.write(async (tx) => {
        if ((await tx.query(sql.drop, [id])).length === 0) return false
        await effects.forget(tx, id, why)
        await effects.add(tx, followUps.ofForget(id))
        return true
      }),
    correct: createCorrect(db, sql, effects),
    async counts() {
      const { queued, running, oldest_ms: oldestMs, now_ms: nowMs } = await countOf(db.read)
      return { queued, running, oldestQueuedS: oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs) / 1000 }
    },
    usage: async (owner) => ({ ...(await usageOf(db.read, owner)) }),
  }
}

/** A new row, or the earlier one of the same key, within the limits: one submission at a time, of all machines. */
import { FaultError } from '../errors.ts'
import { newJob } from './job.ts'
import type { NewJob, SubmitLimits } from './job-store.ts'
import { requireRoom } from './limits.ts'
import { type Change, type createChanges, one } from './postgres-changes.ts'
import type { Query } from './postgres-connection.ts'
import { SQL } from './postgres-statements.ts'
import type { Tickets } from './postgres-tickets.ts'
import type { Row } from './sqlite-rows.ts'

interface Usage {
  readonly jobs: number
  readonly bytes: number
}

interface Count {
  readonly queued: number
  readonly running: number
  /** Of the job that waits longest. */
  readonly waited_ms: number
}

export async function usageOf(query: Query, owner: string): Promise<Usage> {
  return (await query<Usage>(SQL.used, [owner]))[0]!
}

export async function countOf(query: Query): Promise<Count> {
  return (await query<Count>(SQL.count))[0]!
}

/**
 * The row of a submission whose answer was lost, if it was committed. It takes the lock of submissions, so that a commit
 * still under way is waited for.
 */
export async function findSubmitted(query: Query, id: string): Promise<Row | undefined> {
  await query(SQL.lockSubmissions)
  return one(query, SQL.byId, [id])
}

/** @returns as JobStore.submit(), with its faults */
export function createSubmit(tickets: Tickets, { apply, settleRow }: ReturnType<typeof createChanges>) {
  return async (change: Change, job: NewJob, limits: SubmitLimits): Promise<Row> => {
    const { query, changed } = change
    const { id, owner, task, inputBytes, cacheKey, idempotency, traceparent, result } = job
    await query(SQL.lockSubmissions)
    const earlier = idempotency && (await one(query, SQL.byIdempotency, [owner, idempotency.key]))
    if (earlier) {
      if (earlier.body_hash === idempotency.bodyHash) return earlier
      throw new FaultError('idempotency-mismatch', 'this idempotency key was used for another scan or other options')
    }
    if (result === null) requireRoom((await countOf(query)).queued, await usageOf(query, owner), inputBytes, limits)
    const [key, bodyHash] = [idempotency?.key ?? null, idempotency?.bodyHash ?? null]
    const progress = JSON.stringify(newJob(id, 0).progress)
    const values = [id, owner, JSON.stringify(task), inputBytes, cacheKey, key, bodyHash, traceparent, progress]
    const row = (await one(query, SQL.insert, values))!
    changed.add(id)
    if (result !== null)
      return settleRow(change, await apply(change, row, { type: 'start' }), { type: 'succeed', ...result })
    await tickets.issue(query, [row])
    return row
  }
}

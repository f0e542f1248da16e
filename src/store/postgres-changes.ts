/** What can happen to the row of a job in PostgreSQL, within a transaction that has locked the row. */
import { after, type JobEvent } from './job.ts'
import { type Claim, MAX_KILLS, POISON, type Settlement } from './job-store.ts'
import type { Query } from './postgres-connection.ts'
import { SQL } from './postgres-statements.ts'
import type { Tickets } from './postgres-tickets.ts'
import { jobOf, type Row } from './sqlite-rows.ts'

/** A transaction. */
export interface Change {
  readonly query: Query
  /** Ids of what changes, to be told once it is committed. */
  readonly changed: Set<string>
}

/** The one row of a statement, if there is one. */
export async function one(query: Query, text: string, values: readonly unknown[]): Promise<Row | undefined> {
  return (await query<Row>(text, values))[0]
}

/** The events of job.ts on rows: each gives the row as it is afterwards. */
export function createChanges(tickets: Tickets) {
  async function apply(
    { query, changed }: Change,
    row: Row,
    event: JobEvent,
    { labelsKey = row.labels_key, kills = row.kills } = {},
  ): Promise<Row> {
    // The time of its end is the server's: SQL.update.
    const job = after(jobOf(row), event, 0)
    changed.add(row.id)
    const report = job.state === 'succeeded' ? JSON.stringify(job.report) : null
    const fault = job.state === 'failed' ? JSON.stringify(job.fault) : null
    const values = [row.id, job.state, JSON.stringify(job.progress), report, fault, labelsKey, kills]
    const applied = (await one(query, SQL.update, values))!
    if (job.state === 'queued') await tickets.issue(query, [row])
    return applied
  }

  return {
    apply,
    /** The row, locked; `isHeld` as long as the claim is good: no later attempt, not taken back, not ended. */
    async lock({ query }: Change, { id, token }: Claim) {
      const row = await one(query, SQL.lockById, [id])
      return { row, isHeld: row?.state === 'running' && row.attempt === token }
    },
    settleRow(change: Change, row: Row, settlement: Settlement): Promise<Row> {
      if (settlement.type !== 'succeed') return apply(change, row, settlement)
      const { report, labelsKey } = settlement
      return apply(change, row, { type: 'succeed', report }, { labelsKey })
    },
    /** The end of an attempt that brought nothing. */
    takeBack(change: Change, row: Row, isKill: boolean): Promise<Row> {
      const kills = row.kills + (isKill ? 1 : 0)
      if (row.cancel_requested !== 0) return apply(change, row, { type: 'cancel' }, { kills })
      if (kills >= MAX_KILLS) return apply(change, row, { type: 'fail', fault: POISON }, { kills })
      return apply(change, row, { type: 'requeue' }, { kills })
    },
  }
}

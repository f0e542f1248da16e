/** What can happen to the row of a job, within a transaction that has locked it. With an end its effects are written. */
import type { Transaction } from './database.ts'
import type { createEffects } from './effects.ts'
import type { FollowUps } from './follow-ups.ts'
import { after, type JobEvent } from './job.ts'
import type { JobStatements } from './job-statements.ts'
import { MAX_KILLS, POISON } from './poison.ts'
import { isEnded, jobOf, type Row, storedOf } from './rows.ts'

interface Extra {
  readonly labelsKey?: string | null
  readonly kills?: number
}

/** Each gives the row as it is afterwards. `by` names the call, for whoever lost its answer. */
export function changesOf(sql: JobStatements, effects: ReturnType<typeof createEffects>, { ofEnd }: FollowUps) {
  async function apply(tx: Transaction, row: Row, event: JobEvent, by: string | null, extra: Extra = {}): Promise<Row> {
    const { labelsKey = row.labels_key, kills = row.kills } = extra
    // The time of its end is the engine's: sql.update.
    const job = after(jobOf(row), event, 0)
    const report = job.state === 'succeeded' ? JSON.stringify(job.report) : null
    const fault = job.state === 'failed' ? JSON.stringify(job.fault) : null
    const values = [row.id, job.state, JSON.stringify(job.progress), report, fault, labelsKey, kills, by]
    const [applied] = await tx.query<Row>(sql.update, values)
    tx.tell('job', row.id)
    if (job.state === 'queued') tx.tell('work', row.id)
    if (isEnded(applied!)) await effects.add(tx, ofEnd(storedOf(applied!)))
    return applied!
  }

  return {
    apply,
    /** The end of an attempt that brought nothing. */
    takeBack(tx: Transaction, row: Row, isKill: boolean, by: string): Promise<Row> {
      const kills = row.kills + (isKill ? 1 : 0)
      if (row.cancel_requested !== 0) return apply(tx, row, { type: 'cancel' }, by, { kills })
      if (kills >= MAX_KILLS) return apply(tx, row, { type: 'fail', fault: POISON }, by, { kills })
      return apply(tx, row, { type: 'requeue' }, by, { kills })
    },
  }
}

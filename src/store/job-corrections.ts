/** What a person makes of the label map of a job that succeeded: kept in its row, with what must follow. */
import type { Database, Query } from './database.ts'
import type { createEffects } from './effects.ts'
import type { JobStatements } from './job-statements.ts'
import type { JobStore, StoredJob } from './job-store.ts'
import { correctionOf, type Row, storedOf } from './rows.ts'

export function createCorrect(
  db: Database,
  sql: JobStatements,
  effects: Pick<ReturnType<typeof createEffects>, 'add'>,
): JobStore['correct'] {
  const lockedRow = async (query: Query, id: string) => (await query<Row>(sql.byIdForUpdate, [id]))[0]
  return (id, correction, followUps) =>
    db.write<StoredJob | undefined>(
      async (tx) => {
        const row = await lockedRow(tx.query, id)
        if (row?.state !== 'succeeded') return undefined
        const [now] = await tx.query<Row>(sql.correct, [id, correction && JSON.stringify(correction)])
        await effects.add(tx, followUps(correctionOf(row)))
        tx.tell('job', id)
        return storedOf(now!)
      },
      async (query) => {
        const row = await lockedRow(query, id)
        return row && correctionOf(row)?.key === correction?.key ? storedOf(row) : undefined
      },
    )
}

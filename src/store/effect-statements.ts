/** Every statement about effects. Columns: schema.ts. */
import type { Dialect } from './database.ts'

export function effectStatements({ schema, nowMs, forUpdate }: Dialect) {
  const effects = `${schema}effects`
  const isOrphan = `NOT EXISTS (SELECT 1 FROM ${schema}jobs WHERE ${schema}jobs.id = ${effects}.job_id)`
  const isOpen = "state IN ('pending', 'sending')"
  return {
    insert: `INSERT INTO ${effects} (id, job_id, kind, target, key, body, names, state, due_ms, created_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', ${nowMs}, ${nowMs}) ON CONFLICT (key) DO NOTHING`,
    /** For each target the one that came first, so that a target that hangs holds up no other. */
    due: `SELECT target, min(seq) AS seq FROM ${effects} WHERE ${isOpen} AND kind = $1 AND due_ms <= ${nowMs}
      GROUP BY target ORDER BY min(due_ms)`,
    take: `UPDATE ${effects} SET state = 'sending', tries = tries + 1, due_ms = ${nowMs} + $2
      WHERE seq = $1 AND ${isOpen} AND due_ms <= ${nowMs} RETURNING *`,
    done: `UPDATE ${effects} SET state = $3, done_ms = ${nowMs}, last_error = NULL
      WHERE id = $1 AND tries = $2 AND state = 'sending' RETURNING *`,
    later: `UPDATE ${effects} SET state = 'pending', due_ms = ${nowMs} + $3, last_error = $4
      WHERE id = $1 AND tries = $2 AND state = 'sending' RETURNING *`,
    dead: `UPDATE ${effects} SET state = 'dead', done_ms = ${nowMs}, last_error = $3
      WHERE id = $1 AND tries = $2 AND state = 'sending' RETURNING *`,
    retry: `UPDATE ${effects} SET state = 'pending', tries_before = tries, due_ms = ${nowMs}, done_ms = NULL
      WHERE id = $1 AND state IN ('pending', 'dead') RETURNING *`,
    byIdForUpdate: `SELECT * FROM ${effects} WHERE id = $1 ${forUpdate}`,
    ofJob: `SELECT * FROM ${effects} WHERE job_id = $1 ORDER BY seq`,
    list: `SELECT * FROM ${effects} WHERE seq < $1 ORDER BY seq DESC LIMIT $2`,
    listInState: `SELECT * FROM ${effects} WHERE seq < $1 AND state = $3 ORDER BY seq DESC LIMIT $2`,
    dropDone: `DELETE FROM ${effects} WHERE job_id = $1 AND state IN ('sent', 'verified')`,
    dropDead: `DELETE FROM ${effects} WHERE job_id = $1 AND state = 'dead'`,
    /** Only for jobs that are gone. */
    dropOld: `DELETE FROM ${effects} WHERE done_ms <= ${nowMs} - CAST($1 AS bigint) AND state <> 'dead' AND ${isOrphan}`,
    dropOldDead: `DELETE FROM ${effects} WHERE done_ms <= ${nowMs} - CAST($1 AS bigint) AND ${isOrphan}`,
    count: `SELECT kind, state, count(*) AS count, ${nowMs} - min(created_ms) AS "oldestMs" FROM ${effects} WHERE state IN ('pending', 'sending', 'dead')
      GROUP BY kind, state`,
    countByTarget: `SELECT target, state, count(*) AS count, ${nowMs} - min(created_ms) AS "oldestMs" FROM ${effects}
      WHERE state IN ('pending', 'sending', 'dead') AND kind = $1 GROUP BY target, state`,
  } as const
}

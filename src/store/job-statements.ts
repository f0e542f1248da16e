/** Every statement about jobs. Columns: schema.ts; what a row says: rows.ts. */
import type { Dialect } from './database.ts'

export type JobStatements = ReturnType<typeof jobStatements>

/** Those that end in RETURNING give the row as it is after the change. */
export function jobStatements({ schema, nowMs, leaseEndMs, forUpdate, skipLocked }: Dialect) {
  const jobs = `${schema}jobs`
  const isLost = `(state = 'running' AND (${leaseEndMs}) <= ${nowMs})`
  return {
    insert: `INSERT INTO ${jobs} (id, owner, task, input_bytes, cache_key, idempotency_key, body_hash, traceparent, state,
      created_ms, progress, cohort, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', ${nowMs}, $9, $10, $11)
      RETURNING *`,
    byId: `SELECT * FROM ${jobs} WHERE id = $1`,
    byIdForUpdate: `SELECT * FROM ${jobs} WHERE id = $1 ${forUpdate}`,
    byIdempotency: `SELECT * FROM ${jobs} WHERE owner = $1 AND idempotency_key = $2`,
    list: `SELECT * FROM ${jobs} WHERE owner = $1 AND kind = $4 AND seq < $2 ORDER BY seq DESC LIMIT $3`,
    listInState: `SELECT * FROM ${jobs} WHERE owner = $1 AND kind = $4 AND seq < $2 AND state = $5
      ORDER BY seq DESC LIMIT $3`,
    ofCohort: `SELECT * FROM ${jobs} WHERE owner = $1 AND cohort = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
    lately: `SELECT * FROM ${jobs} WHERE state = 'succeeded' ORDER BY seq DESC LIMIT $1`,
    ahead: `SELECT count(*) AS count FROM ${jobs} WHERE state = 'queued' AND seq < $1`,
    claim: `UPDATE ${jobs} SET state = 'running', attempt = attempt + 1, sequence = sequence + 1, worker = $1,
      lease_ms = $2, lease_until_ms = ${nowMs} + $2, started_ms = ${nowMs}, changed_by = $3
      WHERE seq = (SELECT seq FROM ${jobs} WHERE state = 'queued' ORDER BY seq LIMIT 1 ${skipLocked}) RETURNING *`,
    claimed: `SELECT * FROM ${jobs} WHERE state = 'running' AND changed_by = $1`,
    renew: `UPDATE ${jobs} SET lease_ms = $3, lease_until_ms = ${nowMs} + $3
      WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING *`,
    update: `UPDATE ${jobs} SET state = $2, progress = $3, report = $4, fault = $5, labels_key = $6, kills = $7,
      changed_by = $8, finished_ms = CASE WHEN $2 IN ('succeeded', 'failed', 'cancelled') THEN ${nowMs} END,
      sequence = sequence + 1, lease_until_ms = CASE $2 WHEN 'running' THEN lease_until_ms END WHERE id = $1 RETURNING *`,
    correct: `UPDATE ${jobs} SET correction = $2 WHERE id = $1 RETURNING *`,
    flag: `UPDATE ${jobs} SET cancel_requested = 1 WHERE id = $1 RETURNING *`,
    isLost: `SELECT 1 AS one FROM ${jobs} WHERE id = $1 AND ${isLost}`,
    anyLost: `SELECT 1 AS one FROM ${jobs} WHERE ${isLost} LIMIT 1`,
    lost: `SELECT * FROM ${jobs} WHERE ${isLost} ORDER BY seq ${skipLocked}`,
    endedBy: `SELECT * FROM ${jobs} WHERE changed_by = $1 AND finished_ms IS NOT NULL`,
    cached: `SELECT * FROM ${jobs} WHERE cache_key = $1 AND owner = $2 AND state = 'succeeded' ORDER BY seq DESC LIMIT 1`,
    expired: `SELECT id FROM ${jobs} WHERE finished_ms IS NOT NULL AND finished_ms <= ${nowMs} - CAST($1 AS bigint)
      AND NOT EXISTS (SELECT 1 FROM ${schema}effects
        WHERE job_id = ${jobs}.id AND (${schema}effects.state IN ('pending', 'sending')
          OR ${schema}effects.state = 'dead' AND kind = 'pacs' AND done_ms > ${nowMs} - CAST($2 AS bigint)))
      ORDER BY finished_ms LIMIT 100`,
    drop: `DELETE FROM ${jobs} WHERE id = $1 AND finished_ms IS NOT NULL RETURNING id`,
    count: `SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
      count(*) FILTER (WHERE state = 'running') AS running,
      min(created_ms) FILTER (WHERE state = 'queued') AS oldest_ms, ${nowMs} AS now_ms
      FROM ${jobs} WHERE state IN ('queued', 'running')`,
    used: `SELECT count(*) AS jobs, CAST(coalesce(sum(input_bytes), 0) AS bigint) AS bytes FROM ${jobs}
      WHERE owner = $1 AND state IN ('queued', 'running')`,
  } as const
}

/** Every statement of the SQLite engine, prepared once. Columns: sqlite-schema.ts; what a row says: sqlite-rows.ts. */
import type { DatabaseSync } from 'node:sqlite'

/** Statements are synchronous; those that end in RETURNING give the row as it is after the change. */
export function prepareStatements(db: DatabaseSync) {
  return {
    byId: db.prepare('SELECT * FROM jobs WHERE id = ?'),
    byIdempotency: db.prepare('SELECT * FROM jobs WHERE owner = ? AND idempotency_key = ?'),
    insert: db.prepare(
      `INSERT INTO jobs (id, owner, task, input_bytes, cache_key, idempotency_key, body_hash, traceparent, state, created_ms,
         progress) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)`,
    ),
    update: db.prepare(
      `UPDATE jobs SET state = ?, finished_ms = ?, progress = ?, report = ?, fault = ?, labels_key = ?, kills = ?,
         sequence = sequence + 1, lease_until_ms = CASE ? WHEN 'running' THEN lease_until_ms END WHERE id = ? RETURNING *`,
    ),
    claimNext: db.prepare(
      `UPDATE jobs SET state = 'running', attempt = attempt + 1, sequence = sequence + 1, worker = ?, lease_until_ms = ?
     WHERE seq = (SELECT seq FROM jobs WHERE state = 'queued' ORDER BY seq LIMIT 1) RETURNING *`,
    ),
    renew: db.prepare('UPDATE jobs SET lease_until_ms = ? WHERE id = ?'),
    flag: db.prepare('UPDATE jobs SET cancel_requested = 1 WHERE id = ? RETURNING *'),
    runOut: db.prepare(`SELECT * FROM jobs WHERE state = 'running' AND lease_until_ms <= ? ORDER BY seq`),
    cached: db.prepare(
      `SELECT * FROM jobs WHERE cache_key = ? AND owner = ? AND state = 'succeeded' ORDER BY seq DESC LIMIT 1`,
    ),
    old: db.prepare(
      'SELECT id FROM jobs WHERE finished_ms IS NOT NULL AND finished_ms <= ? ORDER BY finished_ms LIMIT 100',
    ),
    drop: db.prepare('DELETE FROM jobs WHERE id = ? AND finished_ms IS NOT NULL'),
    count: db.prepare(
      `SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running,
         min(created_ms) FILTER (WHERE state = 'queued') AS oldest FROM jobs WHERE state IN ('queued', 'running')`,
    ),
    used: db.prepare(
      `SELECT count(*) AS jobs, coalesce(sum(input_bytes), 0) AS bytes FROM jobs
     WHERE owner = ? AND state IN ('queued', 'running')`,
    ),
  }
}

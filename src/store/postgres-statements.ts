/**
 * Every statement of the PostgreSQL engine. Columns: postgres-schema.ts; what a row says: sqlite-rows.ts, whose types they
 * are cast to. Times are those of the server.
 */
const NOW_MS = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'
const STARTED_MS = '(extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint'
/** For a server that recovers from a crash, and for workers to find it again. */
const RECOVERY_MS = 20_000
/**
 * A server that was away cannot have heard a heartbeat: leases from before its start last once more from there. Without
 * this a restart would count as the loss of every worker, and two of them as poison.
 */
const LEASE_END_MS = `CASE WHEN lease_until_ms - lease_ms < ${STARTED_MS}
  THEN ${STARTED_MS} + lease_ms + ${RECOVERY_MS} ELSE lease_until_ms END`
const IS_LOST = `(state = 'running' AND (${LEASE_END_MS}) <= ${NOW_MS})`

const ROW = `seq::float8, id, owner, task::text, input_bytes::float8, cache_key, body_hash, traceparent, state,
  created_ms::float8, finished_ms::float8, progress::text, report::text, fault::text, labels_key, attempt, kills, sequence,
  cancel_requested::int, lease_until_ms::float8`

export const SQL = {
  /** One submission at a time: what it counts must still be so when it inserts. The number is any, but always this. */
  lockSubmissions: 'SELECT pg_advisory_xact_lock(7305412)',
  insert: `INSERT INTO onelabel.jobs (id, owner, task, input_bytes, cache_key, idempotency_key, body_hash, traceparent, state,
    created_ms, progress) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', ${NOW_MS}, $9) RETURNING ${ROW}`,
  byIdempotency: `SELECT ${ROW} FROM onelabel.jobs WHERE owner = $1 AND idempotency_key = $2`,
  byId: `SELECT ${ROW} FROM onelabel.jobs WHERE id = $1`,
  lockById: `SELECT ${ROW} FROM onelabel.jobs WHERE id = $1 FOR UPDATE`,
  isLost: `SELECT ${IS_LOST} AS lost FROM onelabel.jobs WHERE id = $1`,
  /** Those that another reaper holds are its to take back. */
  lockLost: `SELECT ${ROW} FROM onelabel.jobs WHERE ${IS_LOST} ORDER BY seq FOR UPDATE SKIP LOCKED`,
  anyLost: `SELECT 1 AS one FROM onelabel.jobs WHERE ${IS_LOST} LIMIT 1`,
  start: `UPDATE onelabel.jobs SET state = 'running', attempt = attempt + 1, sequence = sequence + 1, worker = $2,
    lease_ms = $3, lease_until_ms = ${NOW_MS} + $3 WHERE id = $1 AND state = 'queued'
    RETURNING ${ROW}, (${NOW_MS})::float8 AS now_ms`,
  renew: `UPDATE onelabel.jobs SET lease_ms = $3, lease_until_ms = ${NOW_MS} + $3
    WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING ${ROW}`,
  update: `UPDATE onelabel.jobs SET state = $2, progress = $3, report = $4, fault = $5, labels_key = $6, kills = $7,
    finished_ms = CASE WHEN $2 IN ('succeeded', 'failed', 'cancelled') THEN ${NOW_MS} END, sequence = sequence + 1,
    lease_until_ms = CASE $2 WHEN 'running' THEN lease_until_ms END WHERE id = $1 RETURNING ${ROW}`,
  flag: `UPDATE onelabel.jobs SET cancel_requested = true WHERE id = $1 RETURNING ${ROW}`,
  cached: `SELECT ${ROW} FROM onelabel.jobs WHERE cache_key = $1 AND owner = $2 AND state = 'succeeded'
    ORDER BY seq DESC LIMIT 1`,
  old: `SELECT id FROM onelabel.jobs WHERE finished_ms IS NOT NULL AND finished_ms <= ${NOW_MS} - $1::bigint
    ORDER BY finished_ms LIMIT 100`,
  drop: 'DELETE FROM onelabel.jobs WHERE id = $1 AND finished_ms IS NOT NULL RETURNING id',
  waiting: `SELECT id, seq::float8 FROM onelabel.jobs WHERE state = 'queued'`,
  count: `SELECT count(*) FILTER (WHERE state = 'queued')::int AS queued,
    count(*) FILTER (WHERE state = 'running')::int AS running,
    coalesce(greatest(0, ${NOW_MS} - min(created_ms) FILTER (WHERE state = 'queued')), 0)::float8 AS waited_ms
    FROM onelabel.jobs WHERE state IN ('queued', 'running')`,
  used: `SELECT count(*)::int AS jobs, coalesce(sum(input_bytes), 0)::float8 AS bytes FROM onelabel.jobs
    WHERE owner = $1 AND state IN ('queued', 'running')`,
  /** Fails on a server that only reads (a standby), and where the table is not to be read. */
  ping: 'SELECT pg_current_xact_id(), (SELECT 1 FROM onelabel.jobs LIMIT 1)',
  tell: 'SELECT pg_notify($1, $2)',
} as const

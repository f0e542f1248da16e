/** Every statement about studies of a PACS and their sources. Columns: schema.ts. */
import type { Dialect } from './database.ts'

export function studyStatements({ schema, nowMs, skipLocked }: Dialect) {
  const sources = `${schema}pacs_sources`
  const studies = `${schema}pacs_studies`
  const intakes = `${schema}pacs_intakes`
  /** What came while it was held is looked at at once. */
  const isCalm = 'touches = touches_seen'
  const isMine = 'id = $1 AND takes = $2 AND held_until_ms > 0'
  const free = 'held_until_ms = 0'
  const settled = "state IN ('done', 'parked', 'ignored')"
  const isOpened = `${settled} AND coalesce(reason, '') <> 'by-hand'`
  return {
    addSource: `INSERT INTO ${sources} (name, due_ms) VALUES ($1, ${nowMs}) ON CONFLICT (name) DO NOTHING`,
    takeSource: `UPDATE ${sources} SET takes = takes + 1, hints_seen = hints, held_until_ms = ${nowMs} + $2
      WHERE name = $1 AND due_ms <= ${nowMs} AND held_until_ms <= ${nowMs} RETURNING *`,
    advance: `UPDATE ${sources} SET cursor = $3, read_ms = ${nowMs}, ${free},
      due_ms = CASE WHEN hints = hints_seen THEN ${nowMs} + $4 ELSE ${nowMs} END
      WHERE name = $1 AND takes = $2 AND held_until_ms > 0 RETURNING *`,
    releaseSource: `UPDATE ${sources} SET ${free}, due_ms = ${nowMs} + $3
      WHERE name = $1 AND takes = $2 AND held_until_ms > 0 RETURNING *`,
    renewSource: `UPDATE ${sources} SET held_until_ms = ${nowMs} + $3
      WHERE name = $1 AND takes = $2 AND held_until_ms > 0 RETURNING name`,
    hint: `UPDATE ${sources} SET hints = hints + 1, due_ms = ${nowMs} WHERE name = $1`,
    touch: `INSERT INTO ${studies} (id, source, source_key, rule, study_uid, stamp, state, due_ms, opened_ms, created_ms)
      VALUES ($1, $2, $3, $4, $5, $6, 'open', ${nowMs}, ${nowMs}, ${nowMs})
      ON CONFLICT (source, source_key, rule) DO UPDATE SET stamp = excluded.stamp, touches = ${studies}.touches + 1,
        due_ms = excluded.due_ms,
        opened_ms = CASE WHEN ${qualified(isOpened, studies)} THEN excluded.opened_ms ELSE ${studies}.opened_ms END,
        state = CASE WHEN ${qualified(isOpened, studies)} THEN 'open' ELSE ${studies}.state END
      WHERE ${studies}.stamp <> excluded.stamp`,
    take: `UPDATE ${studies} SET takes = takes + 1, touches_seen = touches, held_until_ms = ${nowMs} + $1
      WHERE seq = (SELECT seq FROM ${studies} WHERE state IN ('open', 'ready') AND due_ms <= ${nowMs}
        AND held_until_ms <= ${nowMs} ORDER BY due_ms LIMIT 1 ${skipLocked}) RETURNING *, ${nowMs} AS now_ms`,
    keysOf: `SELECT key FROM ${intakes} WHERE study_uid = $1`,
    renew: `UPDATE ${studies} SET held_until_ms = ${nowMs} + $3 WHERE ${isMine} RETURNING id`,
    wait: `UPDATE ${studies} SET facts = $3, failures = 0, last_error = NULL, ${free},
      due_ms = CASE WHEN ${isCalm} THEN ${nowMs} + $4 ELSE ${nowMs} END WHERE ${isMine} RETURNING *`,
    failed: `UPDATE ${studies} SET failures = failures + 1, last_error = $3, ${free}, due_ms = ${nowMs} + $4
      WHERE ${isMine} RETURNING *`,
    settle: `UPDATE ${studies} SET facts = $3, reason = $5, failures = 0, last_error = NULL, ${free}, due_ms = ${nowMs},
      state = CASE WHEN ${isCalm} THEN $4 ELSE 'open' END WHERE ${isMine} RETURNING *`,
    hold: `UPDATE ${studies} SET held_until_ms = held_until_ms WHERE ${isMine} RETURNING *`,
    addIntake: `INSERT INTO ${intakes} (key, rule, study_id, study_uid, created_ms) VALUES ($1, $2, $3, $4, ${nowMs})
      ON CONFLICT (key, rule) DO NOTHING RETURNING key`,
    earlier: `SELECT key FROM ${intakes} WHERE study_id = $1 AND key <> $2 LIMIT 1`,
    dropIntake: `DELETE FROM ${intakes} WHERE key = $1 AND study_id = $2`,
    dropIntakes: `DELETE FROM ${intakes} WHERE study_id = $1`,
    ready: `UPDATE ${studies} SET state = 'ready', reason = NULL, facts = $3, chosen = $4, intake_key = $5, job_id = NULL, outcome = NULL,
      failures = 0, last_error = NULL, ${free}, due_ms = ${nowMs} WHERE ${isMine} RETURNING *`,
    takeBack: `UPDATE ${studies} SET state = 'open', intake_key = NULL, chosen = NULL, ${free}, due_ms = ${nowMs}
      WHERE ${isMine} AND state = 'ready' RETURNING *`,
    submitted: `UPDATE ${studies} SET state = 'running', job_id = $3, failures = 0, last_error = NULL, ${free}
      WHERE ${isMine} AND state = 'ready' RETURNING *`,
    ended: `UPDATE ${studies} SET outcome = $2, reason = $3, due_ms = ${nowMs},
      opened_ms = CASE WHEN ${isCalm} THEN opened_ms ELSE ${nowMs} END,
      state = CASE WHEN ${isCalm} THEN $2 ELSE 'open' END WHERE job_id = $1 AND state = 'running' RETURNING *`,
    refuse: `UPDATE ${studies} SET outcome = 'parked', reason = $3, failures = 0, last_error = NULL, ${free}, due_ms = ${nowMs},
      state = CASE WHEN ${isCalm} THEN 'parked' ELSE 'open' END WHERE ${isMine} AND state = 'ready' RETURNING *`,
    intakesOf: `SELECT key FROM ${intakes} WHERE study_id = $1 ORDER BY created_ms, key`,
    dropOld: `DELETE FROM ${studies} WHERE ${settled} AND due_ms <= ${nowMs} - CAST($1 AS bigint)`,
    dropOldIntakes: `DELETE FROM ${intakes} WHERE created_ms <= ${nowMs} - CAST($1 AS bigint)
      AND NOT EXISTS (SELECT 1 FROM ${studies} WHERE ${studies}.id = ${intakes}.study_id)`,
    byId: `SELECT * FROM ${studies} WHERE id = $1`,
    list: `SELECT * FROM ${studies} WHERE seq < $1 ORDER BY seq DESC LIMIT $2`,
    listInState: `SELECT * FROM ${studies} WHERE seq < $1 AND state = $3 ORDER BY seq DESC LIMIT $2`,
    retry: `UPDATE ${studies} SET state = 'open', reason = NULL, intake_key = NULL, chosen = NULL, job_id = NULL,
      outcome = NULL, failures = 0, touches = touches + 1, opened_ms = ${nowMs}, due_ms = ${nowMs}
      WHERE id = $1 AND state NOT IN ('ready', 'running') RETURNING *`,
    ignore: `UPDATE ${studies} SET state = 'ignored', reason = 'by-hand', takes = takes + 1, ${free}, due_ms = ${nowMs}
      WHERE id = $1 AND state <> 'running' RETURNING *`,
    count: `SELECT state, count(*) AS count, ${nowMs} - min(opened_ms) AS "oldestMs" FROM ${studies}
      WHERE state IN ('open', 'ready', 'running', 'parked') GROUP BY state`,
  } as const
}

/** With the names of columns made those of the row that is there, where there is also one that comes. */
function qualified(condition: string, table: string): string {
  return condition.replaceAll(/\b(state|reason)\b/g, `${table}.$1`)
}

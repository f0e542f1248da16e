/** Studies of a PACS and their sources, on either engine: the rules of study-store.ts. */
import { randomUUID } from 'node:crypto'
import type { Database, Transaction, Value } from './database.ts'
import { studyStatements } from './study-statements.ts'
import type { HeldStudy, StoredStudy, StudyCount, StudyState, StudyStore, TouchedStudy } from './study-store.ts'

interface Row {
  readonly seq: number
  readonly id: string
  readonly source: string
  readonly source_key: string
  readonly rule: string
  readonly study_uid: string
  readonly state: StudyState
  readonly reason: string | null
  readonly facts: string | null
  readonly chosen: string | null
  readonly intake_key: string | null
  readonly job_id: string | null
  readonly outcome: 'done' | 'parked' | null
  readonly takes: number
  readonly failures: number
  readonly due_ms: number
  readonly opened_ms: number
  readonly created_ms: number
  readonly last_error: string | null
}

function studyOf(row: Row): StoredStudy {
  return {
    id: row.id,
    place: row.seq,
    source: row.source,
    key: row.source_key,
    rule: row.rule,
    studyInstanceUid: row.study_uid,
    state: row.state,
    reason: row.reason,
    facts: JSON.parse(row.facts ?? 'null'),
    chosen: JSON.parse(row.chosen ?? 'null'),
    intakeKey: row.intake_key,
    jobId: row.job_id,
    openedAtMs: row.opened_ms,
    createdAtMs: row.created_ms,
    dueAtMs: row.due_ms,
    failures: row.failures,
    lastError: row.last_error,
  }
}

const json = (value: unknown) => JSON.stringify(value ?? null)

export function createStudies(db: Database): StudyStore {
  const sql = studyStatements(db.dialect)

  async function touch(tx: Transaction, source: string, studies: readonly TouchedStudy[], rules: readonly string[]) {
    for (const { key, studyInstanceUid, stamp } of studies) {
      for (const rule of rules) {
        await tx.query(sql.touch, [randomUUID(), source, key, rule, studyInstanceUid, stamp])
      }
    }
    if (studies.length > 0) tx.tell('study', source)
  }

  /** @returns the row as it is now, if the statement changed one */
  const change = (text: string, values: readonly Value[]) =>
    db.write(async (tx) => {
      const [row] = await tx.query<Row>(text, values)
      if (row === undefined) return undefined
      tx.tell('study', row.id)
      return studyOf(row)
    })
  const isChanged = async (text: string, { id, token }: HeldStudy, ...values: readonly Value[]) =>
    (await change(text, [id, token, ...values])) !== undefined

  return {
    async takeSource(name, holdMs) {
      type Taken = { readonly cursor: string | null; readonly takes: number }
      return db.write(async ({ query }) => {
        await query(sql.addSource, [name])
        const [row] = await query<Taken>(sql.takeSource, [name, holdMs])
        return row && { name, cursor: row.cursor, token: row.takes }
      })
    },
    advance: ({ name, token }, cursor, studies, rules, waitMs) =>
      db.write(async (tx) => {
        const [row] = await tx.query(sql.advance, [name, token, cursor, waitMs])
        if (row === undefined) return false
        await touch(tx, name, studies, rules)
        return true
      }),
    renewSource: async ({ name, token }, holdMs) =>
      db.write(async ({ query }) => (await query(sql.renewSource, [name, token, holdMs])).length > 0),
    releaseSource: async ({ name, token }, waitMs) =>
      db.write(async ({ query }) => (await query(sql.releaseSource, [name, token, waitMs])).length > 0),
    hint: (name) =>
      db.write(async (tx) => {
        await tx.query(sql.hint, [name])
        tx.tell('study', name)
      }),
    touch: (source, studies, rules) => db.write((tx) => touch(tx, source, studies, rules)),

    take: (holdMs) =>
      db.write(async ({ query }) => {
        const [row] = await query<Row & { readonly now_ms: number }>(sql.take, [holdMs])
        if (row === undefined) return undefined
        const keys = await query<{ readonly key: string }>(sql.keysOf, [row.study_uid])
        return { ...studyOf(row), token: row.takes, nowMs: row.now_ms, intakes: keys.map(({ key }) => key) }
      }),
    renew: async ({ id, token }, holdMs) =>
      db.write(async ({ query }) => (await query(sql.renew, [id, token, holdMs])).length > 0),
    wait: (study, facts, waitMs) => isChanged(sql.wait, study, json(facts), waitMs),
    failed: (study, error, waitMs) => isChanged(sql.failed, study, error, waitMs),
    settle: (study, state, reason, facts) => isChanged(sql.settle, study, json(facts), state, reason),
    begin: (study, { key, chosen, facts, isRerunAllowed }) =>
      db.write(async (tx) => {
        const { id, token, rule, studyInstanceUid } = study
        // Locked before its intakes are looked at.
        const [held] = await tx.query<Row>(sql.hold, [id, token])
        if (held === undefined) return undefined
        const settle = (state: string, reason: string) => tx.query(sql.settle, [id, token, json(facts), state, reason])
        tx.tell('study', id)
        const [earlier] = await tx.query(sql.earlier, [id, key])
        const added = await tx.query(sql.addIntake, [key, rule, id, studyInstanceUid])
        if (added.length === 0) {
          // What came of these instances here stands.
          if (held.intake_key === key) await settle(held.outcome ?? 'done', held.reason ?? 'nothing-new')
          else await settle('done', 'nothing-new')
          return 'known'
        }
        if (earlier !== undefined && !isRerunAllowed) {
          await tx.query(sql.dropIntake, [key, id])
          await settle('parked', 'changed-after-run')
          return 'refused'
        }
        await tx.query(sql.ready, [id, token, json(facts), json(chosen), key])
        return 'ready'
      }),
    takeBack: (study) =>
      db.write(async (tx) => {
        const [row] = await tx.query<Row>(sql.takeBack, [study.id, study.token])
        if (row === undefined) return false
        await tx.query(sql.dropIntake, [study.intakeKey, study.id])
        tx.tell('study', study.id)
        return true
      }),
    submitted: (study, jobId) => isChanged(sql.submitted, study, jobId),
    refuse: (study, reason) => isChanged(sql.refuse, study, reason),
    ended: (jobId, state, reason) => change(sql.ended, [jobId, state, reason]),

    async get(id) {
      const [row] = await db.read<Row>(sql.byId, [id])
      return row && studyOf(row)
    },
    intakesOf: async (id) => (await db.read<{ readonly key: string }>(sql.intakesOf, [id])).map(({ key }) => key),
    async list({ state, before = Number.MAX_SAFE_INTEGER, limit }) {
      const rows = await (state === undefined
        ? db.read<Row>(sql.list, [before, limit])
        : db.read<Row>(sql.listInState, [before, limit, state]))
      return rows.map(studyOf)
    },
    retry: (id) =>
      db.write(async (tx) => {
        const [row] = await tx.query<Row>(sql.retry, [id])
        if (row === undefined) return undefined
        await tx.query(sql.dropIntakes, [id])
        tx.tell('study', id)
        return studyOf(row)
      }),
    ignore: (id) =>
      db.write(async (tx) => {
        const [row] = await tx.query<Row>(sql.ignore, [id])
        return row && studyOf(row)
      }),
    dropOld: (keepMs) =>
      db.write(async ({ query }) => {
        await query(sql.dropOld, [keepMs])
        await query(sql.dropOldIntakes, [keepMs])
      }),
    counts: async () => (await db.read<StudyCount>(sql.count)).map((row) => ({ ...row })),
    onDue: (listener) => db.onTold('study', listener),
  }
}

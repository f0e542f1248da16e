/** Effects, on either engine: the rules of effect-store.ts. */
import { randomUUID } from 'node:crypto'
import type { Database, Query, Transaction } from './database.ts'
import { effectStatements } from './effect-statements.ts'
import type { Effect, EffectCount, EffectState, EffectStore, NewEffect, TargetCount } from './effect-store.ts'

interface Row {
  readonly seq: number
  readonly id: string
  readonly job_id: string
  readonly kind: string
  readonly target: string
  readonly key: string
  readonly body: string
  readonly names: string
  readonly state: EffectState
  readonly tries: number
  readonly tries_before: number
  readonly due_ms: number
  readonly created_ms: number
  readonly done_ms: number | null
  readonly last_error: string | null
}

function effectOf(row: Row): Effect {
  const { seq: place, id, job_id: jobId, kind, target, key, state, tries } = row
  const times = { dueAtMs: row.due_ms, createdAtMs: row.created_ms, doneAtMs: row.done_ms }
  return {
    place,
    id,
    jobId,
    kind,
    target,
    key,
    state,
    tries,
    triesBefore: row.tries_before,
    ...times,
    body: JSON.parse(row.body),
    names: JSON.parse(row.names),
    lastError: row.last_error,
  }
}

export function createEffects(db: Database) {
  const sql = effectStatements(db.dialect)

  async function add(tx: Transaction, effects: readonly NewEffect[]): Promise<void> {
    for (const { jobId, kind, target, key, body, names = {} } of effects) {
      const json = [JSON.stringify(body ?? null), JSON.stringify(names)]
      await tx.query(sql.insert, [randomUUID(), jobId, kind, target, key, ...json])
    }
    for (const { jobId } of effects) tx.tell('effect', jobId)
  }

  const change = (
    text: string,
    values: readonly (string | number)[],
    within: (tx: Transaction) => Promise<void> = async () => {},
  ) =>
    db.write(async (tx) => {
      const [row] = await tx.query<Row>(text, values)
      if (row === undefined) return undefined
      await within(tx)
      tx.tell('effect', row.job_id)
      return effectOf(row)
    })

  /** By this very try, as where its answer was lost and it is said again. */
  async function isDone(query: Query, id: string, tries: number, state: EffectState): Promise<boolean> {
    // Locked, so that a commit still under way is waited for.
    const [row] = await query<Row>(sql.byIdForUpdate, [id])
    return row?.state === state && row.tries === tries
  }

  const store: EffectStore = {
    post: (effects) => db.write((tx) => add(tx, effects)),
    async take(kind, holdMs, isFree) {
      const due = await db.read<{ target: string; seq: number }>(sql.due, [kind])
      for (const { seq } of due.filter(({ target }) => isFree(target))) {
        const [row] = await db.write((tx) => tx.query<Row>(sql.take, [seq, holdMs]))
        if (row !== undefined) return effectOf(row)
      }
      return undefined
    },
    async done({ id, tries }, state, within) {
      return db.write<boolean>(
        async (tx) => {
          const [row] = await tx.query<Row>(sql.done, [id, tries, state])
          if (row === undefined) return isDone(tx.query, id, tries, state)
          await within?.(tx)
          return true
        },
        async (query) => (await isDone(query, id, tries, state)) || undefined,
      )
    },
    later: async ({ id, tries }, waitMs, error) => (await change(sql.later, [id, tries, waitMs, error])) !== undefined,
    dead: async ({ id, tries }, error, within) => (await change(sql.dead, [id, tries, error], within)) !== undefined,
    retry: (id) => change(sql.retry, [id]),
    ofJob: async (jobId) => (await db.read<Row>(sql.ofJob, [jobId])).map(effectOf),
    async list({ state, before = Number.MAX_SAFE_INTEGER, limit }) {
      const rows = await (state === undefined
        ? db.read<Row>(sql.list, [before, limit])
        : db.read<Row>(sql.listInState, [before, limit, state]))
      return rows.map(effectOf)
    },
    counts: async () => (await db.read<EffectCount>(sql.count)).map((row) => ({ ...row })),
    countsByTarget: async (kind) => (await db.read<TargetCount>(sql.countByTarget, [kind])).map((row) => ({ ...row })),
    dropOld: (keepMs, keepDeadMs) =>
      db.write(async ({ query }) => {
        await query(sql.dropOld, [keepMs])
        await query(sql.dropOldDead, [keepDeadMs])
      }),
    onDue: (listener) => db.onTold('effect', listener),
  }
  return {
    store,
    /** Within the transaction of what they follow. */
    add,
    async forget(tx: Transaction, jobId: string, why: 'old' | 'asked'): Promise<void> {
      await tx.query(sql.dropDone, [jobId])
      if (why === 'asked') await tx.query(sql.dropDead, [jobId])
    },
  }
}

/**
 * What must follow an event: a line of the audit, files removed, a webhook told. Each is a row, written in the transaction
 * of the event, and stays until it is done:
 *
 *   pending ──take──▶ sending ──▶ sent        done, as far as we know
 *      ▲                 │  └───▶ verified    done, and looked at
 *      ├──later, or ─────┤
 *      │  lost worker    └──────▶ dead        given up, with the last error; somebody must look
 *      └──────────retry───────────┘
 *
 * Whoever takes one holds it for a while; when that runs out, another may take it. The number of the try is the token of
 * whoever holds it: what an earlier holder says is refused. So each is done at least once, and what is done inside the
 * transaction of done() exactly once.
 */
import { randomUUID } from 'node:crypto'
import type { Database, Transaction } from './database.ts'
import { effectStatements } from './effect-statements.ts'

export const EFFECT_STATES = ['pending', 'sending', 'sent', 'verified', 'dead'] as const
export type EffectState = (typeof EFFECT_STATES)[number]

export interface NewEffect {
  readonly jobId: string
  /** Which handler does it. */
  readonly kind: string
  /** Whom it reaches; targets do not hold up each other. */
  readonly target: string
  /** Of two effects with one key the second is not kept. */
  readonly key: string
  /** What the handler needs; JSON. */
  readonly body: unknown
}

export interface Effect extends NewEffect {
  readonly id: string
  readonly state: EffectState
  readonly tries: number
  /** Not before; of one that is being sent: when it counts as lost. */
  readonly dueAtMs: number
  readonly createdAtMs: number
  readonly doneAtMs: number | null
  readonly lastError: string | null
  /** In the order in which they came, rising. */
  readonly place: number
}

export interface EffectQuery {
  readonly state?: EffectState
  readonly before?: number
  readonly limit: number
}

export interface EffectCount {
  readonly kind: string
  readonly state: EffectState
  readonly count: number
}

export interface EffectStore {
  /** Written by itself, where no job changes. */
  post(effects: readonly NewEffect[]): Promise<void>
  /**
   * The next one of this kind that is due, held for so long.
   * @param isFree whether this target may be reached now
   */
  take(kind: string, holdMs: number, isFree: (target: string) => boolean): Promise<Effect | undefined>
  /**
   * It is done, and so is what `within` writes, in one transaction.
   * @returns false when it was held too long and is another's; nothing was changed
   */
  done(effect: Effect, state: 'sent' | 'verified', within?: (tx: Transaction) => Promise<void>): Promise<boolean>
  later(effect: Effect, waitMs: number, error: string): Promise<boolean>
  dead(effect: Effect, error: string): Promise<boolean>
  /** One that is dead, or waits for its next try, is due now, with all its tries. @returns undefined: no such effect */
  retry(id: string): Promise<Effect | undefined>
  get(id: string): Promise<Effect | undefined>
  /** In the order in which they came. */
  ofJob(jobId: string): Promise<readonly Effect[]>
  /** The latest first. */
  list(query: EffectQuery): Promise<readonly Effect[]>
  /** Of those that are open or dead. */
  counts(): Promise<readonly EffectCount[]>
  /** Drops what was done so long ago for jobs that are gone. */
  dropOld(keepMs: number): Promise<void>
}

interface Row {
  readonly seq: number
  readonly id: string
  readonly job_id: string
  readonly kind: string
  readonly target: string
  readonly key: string
  readonly body: string
  readonly state: EffectState
  readonly tries: number
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
    ...times,
    body: JSON.parse(row.body),
    lastError: row.last_error,
  }
}

export function createEffects(db: Database) {
  const sql = effectStatements(db.dialect)

  async function add(tx: Transaction, effects: readonly NewEffect[]): Promise<void> {
    for (const { jobId, kind, target, key, body } of effects) {
      await tx.query(sql.insert, [randomUUID(), jobId, kind, target, key, JSON.stringify(body ?? null)])
    }
    // Whoever waits for work looks again: an effect's own id is nobody's to listen to.
    if (effects.length > 0) tx.tell(effects[0]!.jobId)
  }

  const change = (text: string, values: readonly (string | number)[]) =>
    db.write(async (tx) => {
      const [row] = await tx.query<Row>(text, values)
      if (row === undefined) return undefined
      tx.tell(row.job_id)
      return effectOf(row)
    })

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
          if (row === undefined) return false
          await within?.(tx)
          tx.tell(row.job_id)
          return true
        },
        async (query) => {
          const [row] = await query<Row>(sql.byIdForUpdate, [id])
          return row?.state === state && row.tries === tries ? true : undefined
        },
      )
    },
    later: async ({ id, tries }, waitMs, error) => (await change(sql.later, [id, tries, waitMs, error])) !== undefined,
    dead: async ({ id, tries }, error) => (await change(sql.dead, [id, tries, error])) !== undefined,
    retry: (id) => change(sql.retry, [id]),
    async get(id) {
      const [row] = await db.read<Row>(sql.byId, [id])
      return row && effectOf(row)
    },
    ofJob: async (jobId) => (await db.read<Row>(sql.ofJob, [jobId])).map(effectOf),
    async list({ state, before = Number.MAX_SAFE_INTEGER, limit }) {
      const rows = await (state === undefined
        ? db.read<Row>(sql.list, [before, limit])
        : db.read<Row>(sql.listInState, [before, limit, state]))
      return rows.map(effectOf)
    },
    counts: async () => (await db.read<EffectCount>(sql.count)).map((row) => ({ ...row })),
    dropOld: (keepMs) => db.write(async (tx) => void (await tx.query(sql.dropOld, [keepMs]))),
  }
  return {
    store,
    /** Within the transaction of what they follow. */
    add,
    forget: async (tx: Transaction, jobId: string) => void (await tx.query(sql.dropDone, [jobId])),
  }
}

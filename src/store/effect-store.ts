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
import type { Transaction } from './database.ts'

export const EFFECT_STATES = ['pending', 'sending', 'sent', 'verified', 'dead'] as const
export type EffectState = (typeof EFFECT_STATES)[number]

export interface NewEffect {
  readonly jobId: string
  /** Which handler does it. */
  readonly kind: string
  /** Whom it reaches; targets do not hold up each other. */
  readonly target: string
  /** Where two effects have one key, the second is not kept. */
  readonly key: string
  /** What the handler needs; JSON. */
  readonly body: unknown
  /** By which its lines of the log are found, beside its job. */
  readonly names?: object
}

export interface Effect extends NewEffect {
  readonly id: string
  readonly state: EffectState
  /** How often it was taken. */
  readonly tries: number
  /** How many of these were made before somebody asked for it anew. */
  readonly triesBefore: number
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
  /** How long ago the oldest came. */
  readonly oldestMs: number
}

export type TargetCount = Pick<Effect, 'target'> & Omit<EffectCount, 'kind'>

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
  /** It is given up, and `within` is written, in one transaction. */
  dead(effect: Effect, error: string, within?: (tx: Transaction) => Promise<void>): Promise<boolean>
  /** One that is dead, or waits for its next try, is due now, with all its tries before it. @returns undefined: no such effect */
  retry(id: string): Promise<Effect | undefined>
  /** In the order in which they came. */
  ofJob(jobId: string): Promise<readonly Effect[]>
  /** The latest first. */
  list(query: EffectQuery): Promise<readonly Effect[]>
  /** The numbers of effects that are open or dead. */
  counts(): Promise<readonly EffectCount[]>
  /** The same of one kind, by whom they reach. */
  countsByTarget(kind: string): Promise<readonly TargetCount[]>
  /** Drops what was done, or died, so long ago for jobs that are gone. */
  dropOld(keepMs: number, keepDeadMs: number): Promise<void>
  /** Tells that an effect may be due, as JobStore.onChange() does of changes. @returns how to stop */
  onDue(listener: () => void): () => void
}

/**
 * What the store needs of an engine: statements, transactions, a clock and word of what changed. Two engines give it,
 * sqlite-database.ts and postgres-database.ts; everything above is written once, on this.
 *
 * Statements name their values $1, $2 …; numbers come back as numbers in both engines, and JSON is text.
 */

export type Value = string | number | null
export type Query = <R extends object>(text: string, values?: readonly Value[]) => Promise<readonly R[]>

/** What can be told: something happened to a job, a job waits to be computed, an effect is due, a study or its source is. */
export type Topic = 'job' | 'work' | 'effect' | 'study'

export interface Transaction {
  readonly query: Query
  /** Says so of a job, or a study, to whoever listens, once the transaction is committed. */
  tell(topic: Topic, jobId: string): void
}

/** The few pieces of SQL in which the engines differ. */
export interface Dialect {
  /** Before each table's name. */
  readonly schema: '' | 'onelabel.'
  /** Milliseconds since 1970 by the engine's own clock: machines disagree on the time. */
  readonly nowMs: string
  /** When the lease of a row with `lease_ms` and `lease_until_ms` runs out. */
  readonly leaseEndMs: string
  /** Ends a SELECT of rows that the transaction will change. */
  readonly forUpdate: '' | 'FOR UPDATE'
  /** The same, leaving out rows that another transaction holds. */
  readonly skipLocked: '' | 'FOR UPDATE SKIP LOCKED'
  /** Takes the lock of that name for the transaction; null where a transaction has the whole data base to itself. */
  readonly lock: string | null
  /** Puts this before a statement to see its plan. */
  readonly explain: string
  /** Fails where the data base cannot be written. */
  readonly ping: string
}

export interface Database {
  readonly dialect: Dialect
  /** One statement that changes nothing. */
  readonly read: Query
  /**
   * One transaction: all of `work`, or nothing of it; rejects with what `work` rejects with. `work` awaits nothing but its
   * own statements. Where the connection is lost at the commit nobody knows whether it was made: `find`, in another
   * transaction, gives the result if it was.
   */
  write<T>(work: (tx: Transaction) => Promise<T>, find?: (query: Query) => Promise<T | undefined>): Promise<T>
  /** Rejects when nothing can be written now; does not wait for an engine that is away. */
  ping(): Promise<void>
  /** Told of changes by this process at once; by others soon, late or never. @returns how to stop */
  onTold(topic: Topic, listener: (jobId: string) => void): () => void
  close(): Promise<void>
}

/** Waits until no other transaction holds the lock of that name. */
export async function takeLock({ lock }: Dialect, query: Query, name: string): Promise<void> {
  if (lock !== null) await query(lock, [name])
}

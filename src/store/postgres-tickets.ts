/**
 * Who gets which job next, by pg-boss. A ticket in its queue is a hint that a job waits; the job's row says whether it is
 * so (docs/decisions/0016). Tickets are written and taken in the transaction that changes the row, so that neither is
 * ever there without the other; one whose job no longer waits (it was cancelled) is dropped by whoever takes it.
 *
 * pg-boss only dispatches: its own leases, retries, expiry and maintenance are off, and no handler runs under work().
 */
import { PgBoss } from 'pg-boss'
import type { Connection, Query } from './postgres-connection.ts'

export interface Waiting {
  readonly id: string
  /** Place in the order of submission, from 1. */
  readonly seq: number
}

export interface Tickets {
  issue(query: Query, jobs: readonly Waiting[]): Promise<void>
  /** The id of the job that was submitted first of those nobody else is taking; the ticket is gone with the transaction. */
  take(query: Query): Promise<string | undefined>
  /** Ids of the jobs that have one. */
  listed(): Promise<ReadonlySet<string>>
  close(): Promise<void>
}

const SCHEMA = 'onelabel_boss'
const QUEUE = 'segmentations'
/** Tickets wait as long as their jobs. */
const FOREVER_S = 10 * 365 * 86_400
const MOST_LISTED = 100_000

const through = (query: Query) => ({
  executeSql: async (text: string, values: readonly unknown[] = []) => ({ rows: [...(await query(text, values))] }),
})

/** Installs or migrates pg-boss's own schema; the caller holds a lock, because two at once would fail. */
export async function openTickets(connection: Connection): Promise<Tickets> {
  const boss = new PgBoss({
    db: through(connection.plain),
    schema: SCHEMA,
    supervise: false,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
  })
  // Of its timer, which reads the list of queues again each minute: it does so a minute later.
  boss.on('error', () => {})
  boss.on('warning', () => {})
  const close = () => boss.stop({ close: false, graceful: false })
  try {
    await boss.start()
    await boss.createQueue(QUEUE, { retentionSeconds: FOREVER_S, retryLimit: 0 })
  } catch (error) {
    await close()
    throw error
  }

  return {
    async issue(query, jobs) {
      const tickets = jobs.map(({ id, seq }) => ({ data: { id }, priority: -seq }))
      if (tickets.length > 0) await boss.insert(QUEUE, tickets, { db: through(query) })
    },
    async take(query) {
      const db = through(query)
      const [ticket] = await boss.fetch<{ id: string }>(QUEUE, { db })
      if (ticket === undefined) return undefined
      await boss.deleteJob(QUEUE, ticket.id, { db })
      return ticket.data.id
    },
    async listed() {
      const tickets = await boss.findJobs<{ id: string }>(QUEUE, { queued: true, limit: MOST_LISTED })
      return new Set(tickets.map(({ data }) => data.id))
    },
    close,
  }
}

/** The audit's lines (security/audit.ts) in the store: written within a transaction, once a key, and read out whole. */
import { type AuditRecord, auditLine, FIRST_PREVIOUS } from '../security/audit.ts'
import { type Database, type Transaction, takeLock } from './database.ts'

export interface AuditStore {
  /**
   * Writes the record as the last line of its writer's chain.
   * @param key of what is told: the same thing is written once
   * @returns the hash of its line
   * @throws ZodError for a record that is none: a bug
   */
  append(tx: Transaction, writer: string, key: string, record: AuditRecord): Promise<string>
  /** Every line, those of one writer together and in order. */
  lines(): AsyncIterable<string>
}

interface Row {
  readonly writer: string
  readonly number: number
  readonly line: string
  readonly hash: string
}

const PAGE_LINES = 1_000

export function createAudit(db: Database): AuditStore {
  const table = `${db.dialect.schema}audit`
  const sql = {
    byKey: `SELECT * FROM ${table} WHERE key = $1`,
    last: `SELECT * FROM ${table} WHERE writer = $1 ORDER BY number DESC LIMIT 1`,
    insert: `INSERT INTO ${table} (writer, number, key, line, hash) VALUES ($1, $2, $3, $4, $5)`,
    page: `SELECT * FROM ${table} WHERE writer = $1 AND number > $2 ORDER BY number LIMIT ${PAGE_LINES}`,
    nextWriter: `SELECT min(writer) AS writer FROM ${table} WHERE writer > $1`,
  } as const

  return {
    async append({ query }, writer, key, record) {
      // Two processes of one machine must not both follow the same line.
      await takeLock(db.dialect, query, `audit ${writer}`)
      const [written] = await query<Row>(sql.byKey, [key])
      if (written !== undefined) return written.hash
      const [last] = await query<Row>(sql.last, [writer])
      const { text, hash } = auditLine(record, writer, last?.hash ?? FIRST_PREVIOUS)
      await query(sql.insert, [writer, (last?.number ?? 0) + 1, key, text, hash])
      return hash
    },
    async *lines() {
      const writerAfter = async (writer: string) =>
        (await db.read<{ writer: string | null }>(sql.nextWriter, [writer]))[0]?.writer ?? null
      for (let writer = await writerAfter(''); writer !== null; writer = await writerAfter(writer)) {
        let number = 0
        for (;;) {
          const page = await db.read<Row>(sql.page, [writer, number])
          for (const { line } of page) yield line
          if (page.length < PAGE_LINES) break
          number = page.at(-1)!.number
        }
      }
    },
  }
}

/** What is asked of jobs without changing one (job-store.ts). */
import type { Database } from './database.ts'
import type { JobStatements } from './job-statements.ts'
import type { JobStore } from './job-store.ts'
import { type Row, storedOf } from './rows.ts'

export function readsOf(
  db: Pick<Database, 'read'>,
  sql: JobStatements,
): Pick<JobStore, 'get' | 'list' | 'ofCohort' | 'lately' | 'ahead' | 'findResult' | 'expired'> {
  const one = async (text: string, values: readonly (string | number)[]) => (await db.read<Row>(text, values))[0]
  return {
    async get(id) {
      const row = await one(sql.byId, [id])
      return row && storedOf(row)
    },
    async list({ owner, kind = 'segmentation', state, before = Number.MAX_SAFE_INTEGER, limit }) {
      const values = [owner, before, limit, kind]
      const rows = await (state === undefined
        ? db.read<Row>(sql.list, values)
        : db.read<Row>(sql.listInState, [...values, state]))
      return rows.map(storedOf)
    },
    ofCohort: async ({ owner, cohort, after = 0, limit }) =>
      (await db.read<Row>(sql.ofCohort, [owner, cohort, after, limit])).map(storedOf),
    lately: async (limit) => (await db.read<Row>(sql.lately, [limit])).map(storedOf),
    ahead: async (place) => (await db.read<{ count: number }>(sql.ahead, [place]))[0]!.count,
    async findResult(owner, cacheKey) {
      const row = await one(sql.cached, [cacheKey, owner])
      return row && storedOf(row)
    },
    expired: async (keepResultsMs, keepUndeliveredMs = 0) =>
      (await db.read<{ id: string }>(sql.expired, [keepResultsMs, keepUndeliveredMs])).map(({ id }) => id),
  }
}

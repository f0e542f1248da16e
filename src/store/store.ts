/** Everything that is kept, on one engine: jobs, what must follow their ends, the audit, studies of a PACS, and sessions. */
import { type AuditStore, createAudit } from './audit.ts'
import type { Database } from './database.ts'
import type { EffectStore } from './effect-store.ts'
import { createEffects } from './effects.ts'
import type { FollowUps } from './follow-ups.ts'
import type { JobStore } from './job-store.ts'
import { createJobs } from './jobs.ts'
import { createSessions, type SessionStore } from './sessions.ts'
import { openSqlite } from './sqlite-database.ts'
import { createStudies } from './studies.ts'
import type { StudyStore } from './study-store.ts'

export interface Store extends JobStore {
  readonly effects: EffectStore
  readonly audit: AuditStore
  readonly studies: StudyStore
  readonly sessions: SessionStore
}

const NO_FOLLOW_UPS: FollowUps = { ofEnd: () => [], ofForget: () => [] }

export function createStore(db: Database, followUps: FollowUps = NO_FOLLOW_UPS): Store {
  const effects = createEffects(db)
  return {
    ...createJobs(db, effects, followUps),
    effects: effects.store,
    audit: createAudit(db),
    studies: createStudies(db),
    sessions: createSessions(db),
    onChange: (listener) => db.onTold('job', listener),
    onWork: (listener) => db.onTold('work', listener),
    ping: db.ping,
    close: db.close,
  }
}

/** @throws as openSqlite() */
export function openSqliteStore(
  path: string,
  nowMs: () => number = Date.now,
  followUps: FollowUps = NO_FOLLOW_UPS,
): Store {
  return createStore(openSqlite(path, nowMs), followUps)
}

/** Rejects as openPostgres(). */
export async function openPostgresStore(url: string, followUps: FollowUps = NO_FOLLOW_UPS): Promise<Store> {
  const { openPostgres } = await import('./postgres-database.ts') // who keeps files loads no client
  return createStore(await openPostgres(url), followUps)
}

/** Who comes in: callers with keys and tokens, browsers that signed in, or everyone where nothing is asked. */
import type { RequestHandler } from 'express'
import type { Config } from '../config.ts'
import type { Access } from '../security/access.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { Log } from '../telemetry/log.ts'
import { authenticate, counted } from './auth.ts'
import { createFailedAttempts } from './failed-attempts.ts'
import { sessionRoutes } from './session-routes.ts'
import { createSessions } from './sessions.ts'

export interface Door {
  /** From auth.ts. */
  readonly authenticate: RequestHandler
  /** /v1/session, which goes before it; null: there is none. */
  readonly session: RequestHandler | null
}

/** Sessions are kept in the store, which is opened with the service. */
export type OpenDoor = (sessions: SessionStore) => Door

export function createDoor(
  access: Access,
  {
    openMetrics,
    corsOrigins,
    basePath,
    sessionMs,
  }: Pick<Config, 'openMetrics' | 'corsOrigins' | 'basePath' | 'sessionMs'>,
  log: Log,
  nowMs: () => number = Date.now,
): OpenDoor {
  return (store) => {
    const attempts = createFailedAttempts(nowMs)
    const sessions = createSessions({ access, store, basePath, sessionMs })
    return {
      authenticate: authenticate({ access, sessions, attempts, openMetrics, corsOrigins }),
      session: sessionRoutes({
        access,
        sessions,
        basePath,
        log,
        counted: (req, res, work) => counted(attempts, req, res, work),
      }),
    }
  }
}

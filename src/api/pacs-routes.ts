/** The paths under /v1/pacs, each for its scope. */
import type { Express, RequestHandler } from 'express'
import type { Scope } from '../security/identity.ts'
import type { PacsDoor } from './pacs.ts'
import { methodNotAllowed } from './problem.ts'

/** @param isNeeded the guard of a scope; none where nobody is asked for a key */
export function addPacsRoutes(
  app: Express,
  door: PacsDoor,
  isNeeded: (scope: Scope) => readonly RequestHandler[],
): void {
  const pacs = isNeeded('pacs')
  app
    .route('/v1/pacs/hints')
    .post(...isNeeded('hint'), ...door.hint)
    .all(methodNotAllowed('POST'))
  app
    .route('/v1/pacs/studies')
    .get(...pacs, door.list)
    .post(...pacs, ...door.take)
    .all(methodNotAllowed('GET', 'HEAD', 'POST'))
  for (const act of ['retry', 'ignore'] as const) {
    app
      .route(`/v1/pacs/studies/:id\\:${act}`)
      .post(...pacs, door[act])
      .all(methodNotAllowed('POST'))
  }
  // Behind those whose ids end with a colon and a word.
  app
    .route('/v1/pacs/studies/:id')
    .get(...pacs, door.get)
    .all(methodNotAllowed('GET', 'HEAD'))
}

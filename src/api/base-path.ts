/**
 * A proxy may have us under a prefix (ONELABEL_BASE_PATH, such as /onelabel). Most take it off again, some do not: with the
 * prefix and without it a request is the same. The links that we give have it (uriOf() in service/job-document.ts); those of
 * the page are relative.
 */
import express, { type Express } from 'express'

/** @param basePath '' for none */
export function alsoUnder(basePath: string, app: Express): Express {
  if (basePath === '') return app
  const outer = express()
  outer.disable('x-powered-by')
  // Without it, the route of the next line would take the address that it sends to.
  outer.enable('strict routing')
  // Relative links need the slash at the end of the page's address.
  outer.get(basePath, (_req, res) => res.redirect(308, `${basePath}/`))
  return outer.use(basePath, app).use(app)
}

/** As the file has it. */
const SERVERS = 'servers:\n  - url: /\n'

/** The description with the prefix as its server: paths in it are relative to that, and it to where the file was found. */
export function describedUnder(basePath: string, openapi: string): string {
  if (basePath !== '' && !openapi.includes(SERVERS)) throw new Error('openapi.yaml has other servers than /')
  return basePath === '' ? openapi : openapi.replace(SERVERS, `servers:\n  - url: ${basePath}\n`)
}

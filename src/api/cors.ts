/**
 * Pages of other origins that may read our answers (the Fetch standard's CORS protocol), by a list; none unless it is set.
 * Not the `cors` package: that answers every OPTIONS, also where the origin may not call or the path does not exist, and who
 * calls without a key must be judged by the same list (anonymous.ts).
 *
 * No credentials: a page that has a key sends it as a header, and our cookies are for our own page alone (own-page.ts).
 */
import type { RequestHandler } from 'express'

/** `*` among them: any. */
export type CorsOrigins = readonly string[]

const METHODS = 'GET, HEAD, POST, PUT, DELETE'
const REQUEST_HEADERS = [
  'Accept',
  'Authorization',
  'Cache-Control',
  'Content-Encoding',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'Prefer',
  'X-Api-Key',
  'X-Request-Id',
  'traceparent',
  'tracestate',
].join(', ')
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'Location',
  'Preference-Applied',
  'Retry-After',
  'WWW-Authenticate',
  'X-Device',
  'X-Model',
  'X-Request-Id',
  'X-Trace-Id',
].join(', ')
/** For which a browser need not ask again. */
const MAX_AGE_S = '3600'

export function allowsOrigin(origins: CorsOrigins, origin: string): boolean {
  return origins.includes('*') || origins.includes(origin)
}

/** It goes before authentication: a browser asks without a key, and a refusal is to be read as well. */
export function cors(origins: CorsOrigins): RequestHandler {
  return (req, res, next) => {
    res.vary('Origin')
    const origin = req.get('origin')
    if (origin === undefined || !allowsOrigin(origins, origin)) return next()
    res.set('Access-Control-Allow-Origin', origins.includes('*') ? '*' : origin)
    if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) {
      res.set('Access-Control-Expose-Headers', EXPOSED_HEADERS)
      return next()
    }
    res.set({
      'Access-Control-Allow-Methods': METHODS,
      'Access-Control-Allow-Headers': REQUEST_HEADERS,
      'Access-Control-Max-Age': MAX_AGE_S,
    })
    res.status(204).end()
  }
}

/** The names of one request, in its answer (X-Request-Id, X-Trace-Id), in its problem and in its lines of the log. */
import { randomUUID } from 'node:crypto'
import type { Response } from 'express'
import { parseTraceparent } from '../telemetry/traceparent.ts'

/** What a proxy or a client may call its request: nothing that must be escaped anywhere. */
const WELL_FORMED = /^[A-Za-z0-9._-]{1,128}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @param given the header X-Request-Id of the request; taken where it is well-formed */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && WELL_FORMED.test(given) ? given : randomUUID()
}

/** A problem's `instance`: every name of a request as a URN, which a UUID has of its own. */
export function instanceOf(requestId: string): string {
  return UUID.test(requestId) ? `urn:uuid:${requestId}` : `urn:onelabel:request:${requestId}`
}

/** The id of the request that this answers; it is set before anything else is done with the request. */
export function requestIdIn(res: Response): string {
  return String(res.locals['requestId'])
}

/** Says which trace the request, or the job that it is about, belongs to; a malformed `traceparent` is none. */
export function nameTrace(res: Response, traceparent: string | null | undefined): void {
  const traceId = parseTraceparent(traceparent)?.traceId
  if (traceId === undefined || res.headersSent) return
  res.locals['traceId'] = traceId
  res.set('X-Trace-Id', traceId)
}

/** For lines of the log. */
export function namesIn(res: Response): { readonly requestId: string; readonly traceId?: string } {
  const traceId: unknown = res.locals['traceId']
  return { requestId: requestIdIn(res), ...(typeof traceId === 'string' && { traceId }) }
}

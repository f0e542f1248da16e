/** What is said of every request: an id, a line in the log, and how long it took in the metrics. */
import type { Request, RequestHandler, Response } from 'express'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { namesIn, nameTrace, requestIdOf } from './request-id.ts'

/** Asked every few seconds by machines: logged only when somebody debugs. */
const QUIET = new Set(['/livez', '/readyz', '/metrics', '/v2/health/live', '/v2/health/ready', '/v2/models/:id/ready'])

/** An id for the request, then its duration and status, by route: the path itself may hold an id. */
export function observe({ metrics, log }: { readonly metrics: Metrics; readonly log: Log }): RequestHandler {
  return (req, res, next) => {
    const startedMs = performance.now()
    const requestId = requestIdOf(req.get('x-request-id'))
    res.locals['requestId'] = requestId
    res.set('X-Request-Id', requestId)
    nameTrace(res, req.get('traceparent'))
    res.once('close', () => {
      const ms = performance.now() - startedMs
      const route = routeOf(req, res)
      const status = res.writableFinished ? String(res.statusCode) : 'aborted'
      const labels = { method: METHODS.has(req.method) ? req.method : 'other', route, status }
      metrics.httpRequest(labels, ms / 1000)
      const { jobId, owner } = res.locals // of the job that the request created, and whose it is, if any
      log[QUIET.has(route) ? 'debug' : 'info'](
        { ...namesIn(res), jobId, owner, ...labels, ms: Math.round(ms) },
        'request',
      )
    })
    next()
  }
}

/** What answered, by a name that holds nothing of the request. */
function routeOf(req: Request, res: Response): string {
  const path: unknown = res.locals['route'] ?? req.route?.path
  return typeof path === 'string' ? path.replaceAll('\\', '') : 'none'
}

/** A client may invent methods; each would be a new time series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

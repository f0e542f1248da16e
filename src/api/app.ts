/** Every path of the service, in one place. Built here, listened to elsewhere. openapi.yaml says the same in public. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import type { Log } from '../telemetry/log.ts'
import { livez, readyz } from './health.ts'
import { getModel, listModels } from './models.ts'
import { methodNotAllowed, notFound, problemHandler } from './problem.ts'
import { createSegmentations, type SegmentationDeps } from './segmentations.ts'

export interface AppDeps extends SegmentationDeps {
  readonly isDraining: () => boolean
  readonly log: Log
}

const OPENAPI = readFileSync(resolve(import.meta.dirname, '../../openapi.yaml'))
const PAGE = readFileSync(resolve(import.meta.dirname, 'page.html'))

/** The routes and nothing else: it does not listen. Faults thrown by a route end in problemHandler(). */
export function createApp(deps: AppDeps): Express {
  const { models, metrics, computeStatus, isDraining, log } = deps
  const segmentations = createSegmentations(deps)
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(observe(deps))
  get('/', (_req, res) => void res.type('html').set('Content-Security-Policy', PAGE_POLICY).send(PAGE))
  get('/livez', livez)
  get('/readyz', readyz(computeStatus, isDraining))
  get('/metrics', async (_req, res) => void res.type(metrics.contentType).send(await metrics.exposition()))
  get('/openapi.yaml', (_req, res) => void res.type('application/yaml').send(OPENAPI))
  get('/v1/models', listModels(models))
  get('/v1/models/:id', getModel(models))
  app.route('/v1/segmentations').post(segmentations.post).all(methodNotAllowed('POST'))
  app
    .route('/v1/segmentations/:id')
    .get(segmentations.get)
    .delete(segmentations.remove)
    .all(methodNotAllowed('GET', 'HEAD', 'DELETE'))
  get('/v1/segmentations/:id/labels', segmentations.labels)
  app.use(notFound)
  app.use(problemHandler(log, metrics))
  return app

  function get(path: string, handler: RequestHandler): void {
    app.route(path).get(handler).all(methodNotAllowed('GET', 'HEAD'))
  }
}

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
/** Asked every few seconds by machines: logged only when somebody debugs. */
const QUIET = new Set(['/livez', '/readyz', '/metrics'])

/** An id for the request, then its duration and status, by route: the path itself may hold an id. */
function observe({ metrics, log }: Pick<AppDeps, 'metrics' | 'log'>): RequestHandler {
  return (req, res, next) => {
    const startedMs = performance.now()
    const requestId = randomUUID()
    res.locals['requestId'] = requestId
    res.set('X-Content-Type-Options', 'nosniff')
    res.once('close', () => {
      const ms = performance.now() - startedMs
      const route = typeof req.route?.path === 'string' ? req.route.path : 'none'
      const status = res.writableFinished ? String(res.statusCode) : 'aborted'
      const labels = { method: METHODS.has(req.method) ? req.method : 'other', route, status }
      metrics.httpRequest(labels, ms / 1000)
      const { jobId } = res.locals // of the job that the request created, if any
      log[QUIET.has(route) ? 'debug' : 'info']({ requestId, jobId, ...labels, ms: Math.round(ms) }, 'request')
    })
    next()
  }
}

/** A client may invent methods; each would be a new time series. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

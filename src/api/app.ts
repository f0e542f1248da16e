/** Every path of the service, in one place. Built here, listened to elsewhere. openapi.yaml says the same in public. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import type { ModelsChange } from '../compute/model-change.ts'
import { OBJECT_KINDS } from '../dicom/object-names.ts'
import type { Pacs } from '../pacs/open-pacs.ts'
import type { Scope } from '../security/identity.ts'
import type { Pace } from '../service/pace.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { exceptUnder, requireScope } from './auth.ts'
import { alsoUnder, describedUnder } from './base-path.ts'
import { cohortTable } from './cohorts.ts'
import { COMPARISON_MAPS, createComparisons } from './comparisons.ts'
import { type CorrectionRoutesDeps, createCorrectionRoutes } from './corrections.ts'
import { type CorsOrigins, cors } from './cors.ts'
import type { Door } from './door.ts'
import { listEffects, retryEffect } from './effects.ts'
import { type EstimateDeps, estimates } from './estimates.ts'
import { createEvents, type EventsDeps } from './events.ts'
import { livez, readyz } from './health.ts'
import { getModel, listModels, modelReady, reloadModels } from './models.ts'
import { observe } from './observe.ts'
import { createPacsDoor } from './pacs.ts'
import { addPacsRoutes } from './pacs-routes.ts'
import { methodNotAllowed, notFound, problemHandler } from './problem.ts'
import { createSegmentations, type SegmentationDeps } from './segmentations.ts'
import { serveWeb } from './web.ts'
import type { WebFiles } from './web-files.ts'

export interface AppDeps
  extends SegmentationDeps,
    CorrectionRoutesDeps,
    Pick<EstimateDeps, 'maxVoxels'>,
    Pick<EventsDeps, 'maxEventStreams' | 'maxOwnerStreams'> {
  readonly metrics: Metrics
  /** null where this process computes nothing itself. */
  readonly reload: (() => Promise<ModelsChange>) | null
  /** Every reason not to be ready but a stop and what computes. */
  readonly checks: () => Promise<readonly string[]>
  readonly pace: Pick<Pace, 'retryAfterS'>
  /** Health and metrics only. */
  readonly isWorker: boolean
  readonly corsOrigins: CorsOrigins
  /** null: none is configured. */
  readonly pacs: Pacs | null
  /** The page; empty where there is none. */
  readonly webFiles: WebFiles
  /** Absent: nothing is asked of anyone, and there are no owners. */
  readonly door?: Door
  readonly log: Log
}

export const OPENAPI = readFileSync(resolve(import.meta.dirname, '../../openapi.yaml'), 'utf8')

/** The routes and nothing else: it does not listen. Faults thrown by a route end in problemHandler(). */
export function createApp(deps: AppDeps): Express {
  const {
    store,
    models,
    metrics,
    computeStatus,
    isDraining,
    isWorker,
    log,
    door,
    reload,
    checks,
    pace,
    basePath,
    corsOrigins,
    pacs,
    webFiles,
  } = deps
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(observe(deps))
  app.use(helmet(HEADERS))
  app.use('/v1', neverCached)
  app.use(serveWeb(webFiles))
  if (door?.session && !isWorker) app.use(door.session)
  if (corsOrigins.length > 0) app.use(cors(corsOrigins))
  if (door !== undefined) {
    app.use(door.authenticate)
    app.use('/metrics', requireScope('metrics'))
    app.use('/v1', exceptUnder('/pacs', requireScope('submit')))
  }
  const ready = readyz(computeStatus, isDraining, checks)
  get('/livez', livez)
  get('/readyz', ready)
  // The names of KServe's v2 protocol, for the probes that know only those.
  get('/v2/health/live', livez)
  get('/v2/health/ready', ready)
  get('/v2/models/:id/ready', modelReady(models, computeStatus, isDraining))
  get('/metrics', async (_req, res) => void res.type(metrics.contentType).send(await metrics.exposition()))
  if (!isWorker) addPublicRoutes()
  app.use(notFound)
  app.use(problemHandler(log, metrics, pace))
  return alsoUnder(basePath, app)

  function addPublicRoutes(): void {
    const events = createEvents(deps)
    const segmentations = createSegmentations(deps, events)
    const comparisons = createComparisons(deps, events)
    const openapi = describedUnder(basePath, OPENAPI)
    const isNeeded = (scope: Scope) => (door === undefined ? [] : [requireScope(scope)])
    get('/openapi.yaml', (_req, res) => void res.type('application/yaml').send(openapi))
    get('/v1/models', listModels(models))
    get('/v1/models/:id', getModel(models))
    get('/v1/estimates', estimates(deps))
    const admin = isNeeded('admin')
    app
      .route('/v1/models\\:reload')
      .post(...admin, reloadModels(reload))
      .all(methodNotAllowed('POST'))
    for (const [path, jobs] of [
      ['/v1/segmentations', segmentations],
      ['/v1/comparisons', comparisons],
    ] as const) {
      app
        .route(path)
        .get(jobs.list)
        .post(jobs.post)
        .all(methodNotAllowed('GET', 'HEAD', 'POST'))
      app
        .route(`${path}/:id`)
        .get(jobs.get)
        .delete(jobs.remove)
        .all(methodNotAllowed('GET', 'HEAD', 'DELETE'))
      get(`${path}/:id/events`, jobs.events)
    }
    for (const map of COMPARISON_MAPS) get(`/v1/comparisons/:id/${map}`, comparisons[map])
    app
      .route('/v1/effects')
      .get(...admin, listEffects(store.effects))
      .all(methodNotAllowed('GET', 'HEAD'))
    app
      .route('/v1/effects/:id\\:retry')
      .post(...admin, retryEffect(store.effects))
      .all(methodNotAllowed('POST'))
    get('/v1/cohorts/:name.csv', cohortTable({ store, models }))
    addPacsRoutes(app, createPacsDoor({ pacs, store, basePath }), isNeeded)
    get('/v1/segmentations/:id/labels', segmentations.labels)
    get('/v1/segmentations/:id/confidence', segmentations.confidence)
    const correction = createCorrectionRoutes(deps, segmentations.of)
    app
      .route('/v1/segmentations/:id/correction')
      .get(correction.get)
      .put(correction.put)
      .delete(correction.remove)
      .all(methodNotAllowed('GET', 'HEAD', 'PUT', 'DELETE'))
    get('/v1/segmentations/:id/correction.json', correction.report)
    get('/v1/segmentations/:id/training-case', correction.trainingCase)
    get('/v1/segmentations/:id/scans/:channel', correction.scan)
    for (const kind of OBJECT_KINDS) get(`/v1/segmentations/:id/${kind}`, segmentations[kind])
  }

  function get(path: string, handler: RequestHandler): void {
    app.route(path).get(handler).all(methodNotAllowed('GET', 'HEAD'))
  }
}

/**
 * An answer is no page: nothing is loaded from it or into it, should a browser show it (those of the page itself: web.ts). No
 * HSTS: it holds for every port of a host name, and ours is seldom the only one.
 */
const HEADERS = {
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' as const },
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
}

/** Label maps and reports are a patient's: no browser or proxy may keep them. */
const neverCached: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

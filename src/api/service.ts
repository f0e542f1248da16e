/** Everything that answers requests or computes, put together by role. Listens and works when it is told to. */
import type { Server } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { RequestHandler } from 'express'
import type { ModelsChange } from '../compute/model-change.ts'
import type { ComputeEvent, Supervisor } from '../compute/supervisor.ts'
import type { Config } from '../config.ts'
import type { LeftOut, Model } from '../model/registry.ts'
import { peekNifti } from '../nifti/peek.ts'
import { auditPath, openAudit } from '../security/audit.ts'
import type { Tls } from '../security/tls.ts'
import { createChecks } from '../service/checks.ts'
import { computeJobs } from '../service/compute-jobs.ts'
import { computeMemory } from '../service/compute-memory.ts'
import { createJobEnds } from '../service/job-ends.ts'
import { makePassingDir, removeOlder } from '../service/leftovers.ts'
import { createPace } from '../service/pace.ts'
import { createPlaces } from '../service/places.ts'
import { servedModels } from '../service/served-models.ts'
import { removeOrphans, sweep } from '../service/sweep.ts'
import type { Worker } from '../service/worker.ts'
import { openEngines } from '../store/engines.ts'
import type { JobStore } from '../store/job-store.ts'
import type { Log } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { NO_TRACING, type Tracing } from '../telemetry/traces.ts'
import { createApp } from './app.ts'
import { computeReasons, leftOutReasons } from './health.ts'
import { createHttpServer } from './server.ts'

export interface ServiceDeps {
  readonly config: Config
  readonly models: readonly Model[]
  /** Those that were no models by their cards. */
  readonly leftOut?: readonly LeftOut[]
  readonly log: Log
  /** See AppDeps. */
  readonly authenticate?: RequestHandler
  readonly tls?: Tls | null
  readonly tracing?: Tracing
  /** Reasons not to be ready that lie outside of what is put together here; none when absent. */
  readonly notReadyBecause?: () => readonly string[]
  /** How the headers of scans are read; for tests whose computation reads none either. */
  readonly peek?: typeof peekNifti
  /** Not called where the role computes nothing. */
  readonly startCompute: (onEvent: (event: ComputeEvent) => void) => Supervisor
}

export interface Service {
  readonly server: Server
  readonly store: JobStore
  /** As ServedModels.reload(). */
  reload(): Promise<ModelsChange>
  /**
   * Not ready, no new work; the running job may finish within the grace, or is given back, and uploads under way may end;
   * then everything is closed.
   */
  drain(): Promise<void>
}

const SWEEP_EVERY_MS = 30_000
const SWEEP_UPLOADS_EVERY_MS = 3_600_000
/** For answers under way when the last job has ended; whoever was still uploading had the whole grace. */
const CLOSE_MS = 3_000

/** Rejects with the error of the file system where the data folder cannot be used. */
export async function createService(deps: ServiceDeps): Promise<Service> {
  const { config, log, authenticate, tls = null, tracing = NO_TRACING, peek = peekNifti, startCompute } = deps
  const { dataDir, role, leaseMs, maxUploadBytes, syncWaitMs, queueLength, maxEventStreams, cache, minFreeBytes } =
    config
  const incomingDir = await makePassingDir(join(dataDir, 'incoming'))
  const workDir = await makePassingDir(join(dataDir, 'work'))
  const audit = await openAudit(auditPath(dataDir, role, hostname()))
  const { store, blobs } = await openEngines(config)

  let draining = false
  const isDraining = () => draining
  const known = () => [...(deps.notReadyBecause?.() ?? []), ...leftOutReasons(models.leftOut())]
  const stopped = new AbortController()
  let worker: Worker | undefined
  const metrics = createMetrics({
    jobs: () => store.counts(),
    models: () => {
      const status = compute?.status()
      return status?.state === 'ready' && !draining ? status.models : []
    },
    runningHere: () => worker?.running() ?? 0,
    ready: () =>
      !draining && (compute === null || computeReasons(compute.status()).length === 0) && known().length === 0,
    checks: () => ({
      accepting: !draining,
      audit: isAudited(),
      blobs: blobs.ping().then(() => true),
      ...(compute && { compute: compute.status().state === 'ready' }),
    }),
    child: () => computeMemory(compute?.pids() ?? [], compute?.status()),
    dataDir,
  })
  const compute =
    role === 'api'
      ? null
      : startCompute((event) => {
          if (event.kind === 'patch') metrics.patch(event.seconds)
          else if (event.kind === 'stage') metrics.stage(event.stage, event.seconds)
          else if (event.kind === 'restart') metrics.childRestart(event.cause)
          else metrics.modelResidency(event.change, event.id)
        })
  const computeStatus = () => compute?.status() ?? null
  const models = servedModels({ ...deps, modelsDir: config.modelsDir, compute, isDraining, metrics })
  const pace = createPace(store.counts)
  const { onEnded, isAudited } = createJobEnds({ metrics, log, audit, pace, models: models.now })
  const places = createPlaces({ store, incomingDir, minFreeBytes })
  const app = createApp({
    store,
    blobs,
    places,
    models: models.now,
    reload: compute && models.reload,
    metrics,
    log,
    maxUploadBytes,
    syncWaitMs,
    maxEventStreams,
    maxOwnerStreams: config.maxOwnerStreams,
    queueLength,
    cache,
    maxSyncVoxels: config.maxSyncVoxels,
    peek: (path) => peek(path, { ...config, maxFileBytes: maxUploadBytes }),
    computeStatus,
    isDraining,
    isWorker: role === 'worker',
    pace,
    checks: createChecks({ store, blobs, dataDir, minFreeBytes, known }),
    stopped: stopped.signal,
    onEnded,
    tracing,
    ...(authenticate && { authenticate }),
  })
  const server = createHttpServer(app, config.uploadTimeoutMs, tls)
  let sweeper: NodeJS.Timeout | undefined
  let uploadSweeper: NodeJS.Timeout | undefined

  const logLeftovers = (error: unknown) => log.error({ err: error }, 'leftovers')
  /** Of processes that died: they are too young at a start that follows at once. */
  function removeLeftUploads(): void {
    removeOlder(incomingDir, config.uploadTimeoutMs, Date.now()).catch(logLeftovers)
    removeOrphans(store, blobs, 2 * config.uploadTimeoutMs).catch(logLeftovers)
  }

  /** Not before it listens: a second service that was started by mistake fails to, and must not have taken a job. */
  function begin(): void {
    removeOlder(workDir, 2 * config.jobTimeoutMs, Date.now()).catch(logLeftovers)
    removeLeftUploads()
    uploadSweeper = setInterval(removeLeftUploads, SWEEP_UPLOADS_EVERY_MS).unref()
    if (role !== 'worker') {
      sweeper = setInterval(() => {
        sweep(store, blobs, config.keepResultsMs).catch((error: unknown) => log.error({ err: error }, 'sweep'))
      }, SWEEP_EVERY_MS).unref()
    }
    if (compute === null) return
    worker = computeJobs({ store, blobs, compute, workDir, leaseMs, metrics, tracing, onEnded, log })
  }
  server.once('listening', begin)

  return {
    server,
    store,
    reload: models.reload,
    async drain() {
      draining = true
      clearInterval(sweeper)
      clearInterval(uploadSweeper)
      await Promise.all([worker?.drain(config.drainMs), places.settled(config.drainMs)])
      stopped.abort()
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      // A connection is idle once its last answer is read; clients would keep it open for the next one.
      const sweepIdle = setInterval(() => server.closeIdleConnections(), 50)
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
      await Promise.all([closed, compute?.stop()])
      clearInterval(sweepIdle)
      clearTimeout(cut)
      await Promise.all([store.close(), audit.close(), tracing.close()])
    },
  }
}

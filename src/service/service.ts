/** What the service does, put together by role, without HTTP: it takes jobs, computes them and sees to what follows. */
import { join } from 'node:path'
import type { ComputeEvent, ComputeStatus, Supervisor } from '../compute/supervisor.ts'
import type { Config } from '../config.ts'
import { dicomLimits } from '../inference/dicom-limits.ts'
import { peekInput } from '../inference/read-input.ts'
import type { LeftOut, Model } from '../model/registry.ts'
import type { WebhookPolicy } from '../security/webhook-policy.ts'
import type { Blobs } from '../store/blobs.ts'
import { openEngines } from '../store/engines.ts'
import type { Store } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { NO_TRACING, type Tracing } from '../telemetry/traces.ts'
import { type AfterResults, afterResults } from './after-results.ts'
import type { OpenAnnex } from './annex.ts'
import { isAudited } from './audited.ts'
import { type CancelJob, createCancel } from './cancel.ts'
import { createChecks } from './checks.ts'
import { computeJobs } from './compute-jobs.ts'
import { computeMemory } from './compute-memory.ts'
import { computeReasons, leftOutReasons } from './compute-reasons.ts'
import { countEvent } from './count-event.ts'
import { type Dispatcher, startDispatcher } from './dispatcher.ts'
import { followUps } from './follow-ups.ts'
import { serviceHandlers } from './handlers.ts'
import { jobDocument } from './job-document.ts'
import { createJobEnds } from './job-ends.ts'
import { makePassingDir } from './leftovers.ts'
import { createPace, type Pace } from './pace.ts'
import { createPlaces } from './places.ts'
import { type ServedModels, servedModels } from './served-models.ts'
import { studyScans } from './study-scans.ts'
import { createSubmit, type SubmitScans } from './submit.ts'
import { startSweeps } from './sweep.ts'
import type { Worker } from './worker.ts'

export interface ServiceDeps {
  readonly config: Config
  readonly models: readonly Model[]
  /** Those that were no models by their cards. */
  readonly leftOut?: readonly LeftOut[]
  readonly log: Log
  readonly webhooks?: WebhookPolicy
  readonly tracing?: Tracing
  /** Reasons not to be ready that lie outside of what is put together here; none when absent. */
  readonly notReadyBecause?: () => readonly string[]
  /** What stands above the service and runs with it; not where the role is worker, which reaches store and blobs alone. */
  readonly annex?: OpenAnnex | undefined
  /** How the headers of scans are read; for tests whose computation reads none either. */
  readonly peek?: typeof peekInput
  /** Not called where the role computes nothing. */
  readonly startCompute: (onEvent: (event: ComputeEvent) => void) => Supervisor
}

export interface Service extends AfterResults {
  readonly store: Store
  readonly blobs: Blobs
  readonly metrics: Metrics
  readonly models: ServedModels
  readonly webhooks: WebhookPolicy
  /** Whether models are loaded and jobs computed here. */
  readonly computes: boolean
  readonly computeStatus: () => ComputeStatus | null
  readonly submitScans: SubmitScans
  readonly cancel: CancelJob
  readonly isDraining: () => boolean
  /** Every reason not to be ready but a stop and what computes. */
  readonly checks: () => Promise<readonly string[]>
  readonly pace: Pick<Pace, 'retryAfterS'>
  /** Aborts when nothing is computed here any more. */
  readonly stopped: AbortSignal
  /** Takes jobs and effects. Not before it is known that this process serves: it may have been started by mistake. */
  begin(): void
  /** No new work; the running job may finish within the grace, or is given back, and uploads under way may end. */
  stopWork(): Promise<void>
  /** After stopWork(), and after the last answer: does what must follow and is due, and closes everything. */
  close(): Promise<void>
}

/** For effects that are due when everything else has ended; what is left waits for another process or the next start. */
const LAST_EFFECTS_MS = 3_000

const NO_WEBHOOKS: WebhookPolicy = { own: null, callbackHosts: null }

/** Rejects with the error of the file system where the data folder cannot be used. */
export async function openService(deps: ServiceDeps): Promise<Service> {
  const {
    config,
    log,
    webhooks = NO_WEBHOOKS,
    tracing = NO_TRACING,
    peek = peekInput,
    startCompute,
    annex: openAnnex,
  } = deps
  const { dataDir, role, leaseMs, maxUploadBytes } = config
  const incomingDir = await makePassingDir(join(dataDir, 'incoming'))
  const workDir = await makePassingDir(join(dataDir, 'work'))
  const follow = followUps({ document: (stored) => jobDocument(stored, config) })
  const { store, blobs } = await openEngines(config, follow)

  let draining = false
  const isDraining = () => draining
  const known = () => [...(deps.notReadyBecause?.() ?? []), ...leftOutReasons(models.leftOut())]
  const stopped = new AbortController()
  let worker: Worker | undefined
  let dispatcher: Dispatcher | undefined
  let stopSweeps = () => {}
  const metrics = createMetrics({
    jobs: () => store.counts(),
    effects: () => store.effects.counts(),
    studies: async () => (annex === undefined ? [] : store.studies.counts()),
    outbox: async () => annex?.outbox() ?? [],
    models: () => {
      const status = compute?.status()
      return status?.state === 'ready' && !draining ? status.models : []
    },
    runningHere: () => worker?.running() ?? 0,
    ready: () =>
      !draining && (compute === null || computeReasons(compute.status()).length === 0) && known().length === 0,
    checks: () => ({
      accepting: !draining,
      audit: isAudited(store.effects),
      blobs: blobs.ping().then(() => true),
      ...(compute && { compute: compute.status().state === 'ready' }),
    }),
    child: () => computeMemory(compute?.pids() ?? [], compute?.status()),
    dataDir,
  })
  const compute = role === 'api' ? null : startCompute((event) => countEvent(metrics, event))
  const models = servedModels({ ...deps, modelsDir: config.modelsDir, compute, isDraining, metrics })
  const pace = createPace(store.counts)
  const onEnded = createJobEnds({ metrics, log, pace })
  const places = createPlaces({ store, incomingDir, minFreeBytes: config.minFreeBytes })
  const ofFiles = { ...config, maxFileBytes: maxUploadBytes }
  const submitScans = createSubmit({
    store,
    blobs,
    places,
    models: models.now,
    metrics,
    queueLength: config.queueLength,
    cache: config.cache,
    maxSyncVoxels: config.maxSyncVoxels,
    peek: (path, choice) => peek(path, ofFiles, choice),
    scansOfStudy: (study) => studyScans({ ...study, limits: dicomLimits(ofFiles) }),
    hasWebhook: webhooks.own !== null,
    isDraining,
    tracing,
    onEnded,
    log,
  })

  const core = { config, store, blobs, models: models.now, submitScans, metrics, log }
  const annex = role === 'worker' ? undefined : await openAnnex?.(core)

  function begin(): void {
    stopSweeps = startSweeps({ store, blobs, config, incomingDir, workDir, log })
    const handlers = { ...serviceHandlers({ store, blobs, webhooks, config, log }), ...annex?.handlers }
    dispatcher = startDispatcher({ effects: store.effects, handlers, log })
    if (compute !== null)
      worker = computeJobs({ store, blobs, compute, workDir, leaseMs, metrics, tracing, onEnded, log })
    annex?.begin()
  }

  return {
    store,
    blobs,
    metrics,
    models,
    webhooks,
    computes: compute !== null,
    computeStatus: () => compute?.status() ?? null,
    submitScans,
    cancel: createCancel(store, onEnded),
    ...afterResults({ store, blobs, models: models.now, incomingDir, limits: ofFiles, config }),
    isDraining,
    checks: createChecks({ store, blobs, dataDir, minFreeBytes: config.minFreeBytes, known }),
    pace,
    stopped: stopped.signal,
    begin,
    async stopWork() {
      draining = true
      stopSweeps()
      await Promise.all([worker?.drain(config.drainMs), annex?.drain(config.drainMs), places.settled(config.drainMs)])
      stopped.abort()
    },
    async close() {
      await Promise.all([compute?.stop(), dispatcher?.drain(LAST_EFFECTS_MS)])
      annex?.close()
      await Promise.all([store.close(), tracing.close()])
    },
  }
}

/** Everything that answers requests, put together: compute, queue, metrics, app, server. Listens when it is told to. */
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { ComputeEvent, Supervisor } from '../compute/supervisor.ts'
import type { Config } from '../config.ts'
import { removeLeftovers } from '../jobs/job-files.ts'
import { createMemoryQueue } from '../jobs/memory-queue.ts'
import type { JobQueue } from '../jobs/queue.ts'
import type { Model } from '../model/registry.ts'
import type { Log } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createApp } from './app.ts'
import { createHttpServer } from './server.ts'

export interface ServiceDeps {
  readonly config: Config
  readonly models: readonly Model[]
  readonly log: Log
  readonly startCompute: (onEvent: (event: ComputeEvent) => void) => Pick<Supervisor, 'status' | 'segment' | 'stop'>
}

export interface Service {
  readonly server: Server
  readonly queue: JobQueue
  /** Not ready, no new work; the running job may finish within the grace; then everything is closed. */
  drain(): Promise<void>
}

const SWEEP_EVERY_MS = 30_000

export async function createService({ config, models, log, startCompute }: ServiceDeps): Promise<Service> {
  const jobsDir = join(config.dataDir, 'jobs')
  const removed = await removeLeftovers(jobsDir)
  if (removed > 0) log.info({ jobs: removed }, 'removed what an earlier run left')

  const metrics = createMetrics({
    jobs: () => queue.counts(),
    models: () => {
      const status = compute.status()
      return status.state === 'ready' && !draining ? status.models : []
    },
  })
  const compute = startCompute((event) => {
    if (event.kind === 'patch') metrics.patch(event.seconds)
    else if (event.kind === 'stage') metrics.stage(event.stage, event.seconds)
    else metrics.childRestart(event.cause)
  })
  const queue = createMemoryQueue({
    jobsDir,
    length: config.queueLength,
    keepResultsMs: config.keepResultsMs,
    nowMs: Date.now,
    run: (task, options) => compute.segment(task, options),
    onSettled(job, error) {
      const line = { jobId: job.id, state: job.state }
      if (job.state === 'failed') metrics.failure(job.fault?.kind ?? 'internal')
      if (job.state !== 'succeeded') {
        if (job.state === 'failed' && job.fault === null) log.error({ ...line, err: error }, 'job')
        else log.info(job.state === 'failed' ? { ...line, code: job.fault?.kind } : line, 'job')
        return
      }
      for (const { shape } of Object.values(job.report.input)) metrics.input(shape[0] * shape[1] * shape[2])
      log.info({ ...line, device: job.report.device, timingsMs: job.report.timingsMs }, 'job')
    },
  })
  const sweeper = setInterval(() => {
    queue.sweep().catch((error: unknown) => log.error({ err: error }, 'sweep'))
  }, SWEEP_EVERY_MS).unref()

  let draining = false
  const { maxUploadBytes, syncWaitMs } = config
  const app = createApp({
    queue,
    models,
    metrics,
    log,
    maxUploadBytes,
    syncWaitMs,
    computeStatus: compute.status,
    isDraining: () => draining,
  })
  const server = createHttpServer(app, config.uploadTimeoutMs)

  return {
    server,
    queue,
    async drain() {
      draining = true
      clearInterval(sweeper)
      await queue.drain(config.drainMs)
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      // A connection is idle once its last answer is read; clients would keep it open for the next one.
      const sweepIdle = setInterval(() => server.closeIdleConnections(), 50)
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
      await Promise.all([closed, compute.stop()])
      clearInterval(sweepIdle)
      clearTimeout(cut)
    },
  }
}

/** For answers under way when the last job has ended; whoever was still uploading had the whole grace. */
const CLOSE_MS = 3_000

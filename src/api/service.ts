/** Everything that answers requests, put together: compute, queue, metrics, app, server. Listens when it is told to. */
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { ComputeEvent, Supervisor } from '../compute/supervisor.ts'
import type { Config } from '../config.ts'
import { findLeftovers, removeDir } from '../jobs/job-files.ts'
import { createMemoryQueue } from '../jobs/memory-queue.ts'
import type { JobQueue } from '../jobs/queue.ts'
import type { Model } from '../model/registry.ts'
import type { Log } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createApp } from './app.ts'
import { problemOf } from './problem.ts'
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

/** Rejects with the error of the file system where the data folder cannot be used. */
export async function createService({ config, models, log, startCompute }: ServiceDeps): Promise<Service> {
  const jobsDir = join(config.dataDir, 'jobs')
  const leftovers = await findLeftovers(jobsDir)

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
    else if (event.kind === 'restart') metrics.childRestart(event.cause)
  })
  const queue = createMemoryQueue({
    jobsDir,
    length: config.queueLength,
    keepResultsMs: config.keepResultsMs,
    nowMs: Date.now,
    run: (task, options) => compute.segment(task, options),
    onSettled(job, error) {
      const line = { jobId: job.id, state: job.state }
      if (job.state === 'failed') {
        const { code, status, detail } = problemOf(job.fault, job.id)
        metrics.failure(code)
        if (job.fault === null) log.error({ ...line, err: error }, 'job')
        else log[status >= 500 ? 'warn' : 'info']({ ...line, code, detail }, 'job')
        return
      }
      if (job.state !== 'succeeded') return log.info(line, 'job')
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
  // Not before: a second service that was started by mistake fails to listen, and must not have emptied the folder.
  server.once('listening', () => {
    if (leftovers.length > 0) log.info({ jobs: leftovers.length }, 'removing what an earlier run left')
    for (const dir of leftovers) removeDir(dir).catch((error: unknown) => log.error({ err: error }, 'leftovers'))
  })

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

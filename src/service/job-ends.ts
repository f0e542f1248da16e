/** What is said when a job ends: a line of the log, and the metrics. Once a job, by whoever was told that it ended it. */
import { FAULTS } from '../errors.ts'
import type { Claim, StoredJob } from '../store/job-store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { inputsOf } from './dated-scans.ts'
import type { Pace } from './pace.ts'
import { problemOf } from './problem.ts'

export interface JobEndsDeps {
  readonly metrics: Metrics
  readonly log: Log
  readonly pace: Pick<Pace, 'jobEnded'>
}

/** By which the lines of one job and of the request that brought it are found. */
export function namesOf({ id, task, traceparent }: Pick<Claim, 'id' | 'task' | 'traceparent'>): object {
  const traceId = traceparent?.split('-')[1]
  return { jobId: id, ...(task.requestId && { requestId: task.requestId }), ...(traceId && { traceId }) }
}

function factsOf({ job, task }: StoredJob): object {
  const { startedAtMs, createdAtMs } = job
  const report = job.state === 'succeeded' ? job.report : null
  const voxels = report && Math.max(...Object.values(inputsOf(report)).map(({ shape: [i, j, k] }) => i * j * k))
  return {
    queueWaitMs: startedAtMs === null ? null : Math.max(0, startedAtMs - createdAtMs),
    model: report === null ? (task.modelId ?? null) : `${report.model.id}@${report.model.version}`,
    ...(report && { voxels, warnings: report.warnings.map(({ code }) => code) }),
  }
}

/** Takes the job as it ended and what was thrown, if anything. */
export type OnEnded = (stored: StoredJob, error?: unknown) => void

export function createJobEnds({ metrics, log, pace }: JobEndsDeps): OnEnded {
  return (stored, error) => {
    const { job, owner, task, attempt } = stored
    if (job.state === 'queued' || job.state === 'running') return
    pace.jobEnded(stored)
    const line = { ...namesOf({ ...stored, id: job.id }), owner, state: job.state, attempt, ...factsOf(stored) }
    const common = { mode: task.mode, seconds: (job.finishedAtMs - job.createdAtMs) / 1000 }
    if (job.state === 'failed') {
      const { code, detail } = problemOf(job.fault, job.id)
      metrics.failure(code)
      metrics.jobEnded({ ...common, outcome: job.state, reason: code })
      if (job.fault === null) log.error({ ...line, err: error }, 'job')
      else log[FAULTS[job.fault.kind].level]({ ...line, code, detail }, 'job')
    } else if (job.state === 'cancelled') {
      metrics.jobEnded({ ...common, outcome: job.state })
      log.info(line, 'job')
    } else {
      const { device, timingsMs } = job.report
      metrics.jobEnded({ ...common, outcome: job.state, device })
      for (const { shape } of Object.values(inputsOf(job.report))) metrics.input(shape[0] * shape[1] * shape[2])
      log.info({ ...line, device, timingsMs }, 'job')
    }
  }
}

/** What is said when a job ends: one line of the log, and the metrics. Once a job, by whoever moved it to its end. */
import type { StoredJob } from '../jobs/job-store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { problemOf } from './problem.ts'

/** @returns takes the job as it ended and what was thrown, if anything */
export function jobEnds(metrics: Metrics, log: Log): (stored: StoredJob, error?: unknown) => void {
  return ({ job, owner, task: { mode }, attempt }, error) => {
    if (job.state === 'queued' || job.state === 'running') return
    const line = { jobId: job.id, owner, state: job.state, attempt }
    const seconds = (job.finishedAtMs - job.createdAtMs) / 1000
    if (job.state === 'failed') {
      const { code, status, detail } = problemOf(job.fault, job.id)
      metrics.failure(code)
      metrics.jobEnded({ outcome: job.state, reason: code, mode, seconds })
      if (job.fault === null) log.error({ ...line, err: error }, 'job')
      else log[status >= 500 ? 'warn' : 'info']({ ...line, code, detail }, 'job')
    } else if (job.state === 'cancelled') {
      metrics.jobEnded({ outcome: job.state, mode, seconds })
      log.info(line, 'job')
    } else {
      const { device, timingsMs, input } = job.report
      metrics.jobEnded({ outcome: job.state, mode, device, seconds })
      for (const { shape } of Object.values(input)) metrics.input(shape[0] * shape[1] * shape[2])
      log.info({ ...line, device, timingsMs }, 'job')
    }
  }
}

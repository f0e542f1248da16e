/** What is said when a job ends: a line of the audit, one of the log, the metrics. Once a job, by whoever ended it. */

import { FAULTS } from '../errors.ts'
import type { Audit } from '../security/audit.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { auditRecordOf } from './audit-job.ts'
import type { Pace } from './pace.ts'
import { problemOf } from './problem.ts'
import type { Models } from './served-models.ts'

export interface JobEndsDeps {
  readonly metrics: Metrics
  readonly log: Log
  readonly audit: Pick<Audit, 'append'>
  readonly models: Models
  readonly pace: Pick<Pace, 'jobEnded'>
}

export interface JobEnds {
  /** Takes the job as it ended and what was thrown, if anything. */
  readonly onEnded: (stored: StoredJob, error?: unknown) => void
  /** Whether the last line that was to be written to the audit is on the disk. */
  isAudited(): boolean
}

export function createJobEnds({ metrics, log, audit, models, pace }: JobEndsDeps): JobEnds {
  let audited = true

  /** The hash of its line stands in the log: who can cut lines off the audit's end may not write there. */
  async function writeAudit(stored: StoredJob): Promise<void> {
    const jobId = stored.job.id
    try {
      const sha256Of = (id: string) => models().find(({ card }) => card.id === id)?.card.weights.sha256
      log.info({ jobId, auditHash: await audit.append(auditRecordOf(stored, sha256Of)) }, 'audited')
      audited = true
    } catch (error) {
      audited = false
      log.error({ jobId, err: error }, 'a line of the audit could not be written')
    }
  }

  function onEnded(stored: StoredJob, error?: unknown): void {
    const { job, owner, task, attempt } = stored
    if (job.state === 'queued' || job.state === 'running') return
    void writeAudit(stored)
    pace.jobEnded(stored)
    const line = { jobId: job.id, owner, state: job.state, attempt }
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
      const { device, timingsMs, input } = job.report
      metrics.jobEnded({ ...common, outcome: job.state, device })
      for (const { shape } of Object.values(input)) metrics.input(shape[0] * shape[1] * shape[2])
      log.info({ ...line, device, timingsMs }, 'job')
    }
  }

  return { onEnded, isAudited: () => audited }
}

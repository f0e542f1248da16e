/** An ended job as a record of the audit (src/security/audit.ts): ids, hashes and numbers, nothing else of it. */

import type { JobRecord } from '../security/audit.ts'
import type { Job } from '../store/job.ts'
import type { StoredJob } from '../store/job-store.ts'
import { inputsOf } from './dated-scans.ts'

/** @throws Error (a bug) for a job that has not ended */
export function auditRecordOf({ job, owner, task, cacheKey }: StoredJob): JobRecord {
  if (job.state === 'queued' || job.state === 'running') throw new Error(`a ${job.state} job has not ended`)
  const { id, createdAtMs, finishedAtMs } = job
  const report = job.state === 'succeeded' ? job.report : null
  const modelId = report?.model.id ?? task.modelId ?? 'default'
  return {
    time: new Date(finishedAtMs).toISOString(),
    owner: owner === '' ? 'anonymous' : owner,
    jobId: id,
    request: cacheKey,
    input:
      report && Object.fromEntries(Object.entries(inputsOf(report)).map(([channel, { sha256 }]) => [channel, sha256])),
    model: { id: modelId, sha256: report?.model.sha256 ?? task.modelSha256 ?? null },
    outcome: outcomeOf(job),
    durationsMs: { sinceSubmitted: Math.max(0, finishedAtMs - createdAtMs), ...report?.timingsMs },
  }
}

function outcomeOf(job: Extract<Job, { finishedAtMs: number }>): JobRecord['outcome'] {
  if (job.state !== 'failed') return { state: job.state }
  return { state: job.state, fault: job.fault?.kind ?? 'internal' }
}

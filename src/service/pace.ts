/** How fast jobs are done here, and so when it is worth coming back to a service that takes no more of them. */
import type { JobCounts, StoredJob } from '../store/job-store.ts'

export interface Pace {
  /** Counts a job that was computed; others say nothing of how long one takes. */
  jobEnded(stored: Pick<StoredJob, 'job'>): void
  /** For the header Retry-After. Never rejects: a queue that does not answer counts as empty. */
  retryAfterS(): Promise<number>
}

/** Before any job has ended here, as in a process that computes none. */
const UNKNOWN_MEAN_S = 5
/** The weight of the latest job in the mean. */
const WEIGHT = 0.2
const MOST_S = 3600

/**
 * The time in which half of what waits is computed by as many as compute now: who comes back sooner mostly finds the queue
 * full again, and were everyone to come back later, workers would have nothing to do. 8 waiting, 2 running, 30 s each: 60 s.
 */
export function retryAfterS(queued: number, running: number, meanSeconds: number): number {
  const seconds = (Math.max(1, queued / 2) * meanSeconds) / Math.max(1, running)
  return Math.min(MOST_S, Math.max(1, Math.ceil(seconds)))
}

export function createPace(counts: () => Promise<Pick<JobCounts, 'queued' | 'running'>>): Pace {
  let meanS: number | undefined
  return {
    jobEnded({ job }) {
      if (job.state !== 'succeeded') return
      const seconds = job.report.timingsMs.total / 1000
      meanS = meanS === undefined ? seconds : meanS + WEIGHT * (seconds - meanS)
    },
    async retryAfterS() {
      const { queued, running } = await counts().catch(() => ({ queued: 0, running: 0 }))
      return retryAfterS(queued, running, meanS ?? UNKNOWN_MEAN_S)
    },
  }
}

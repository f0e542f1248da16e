/**
 * What is kept of jobs, and by whom it may be changed (jobs.ts does it, on either engine), held to
 * test/fixtures/store-contract.ts. Records only: scans and label maps are blobs (blobs.ts), named here by key.
 *
 * A worker that claims a job holds a lease on it and renews it with heartbeats. Whoever lets it run out is taken for dead:
 * reap() takes the job back. The token of a claim is the number of the attempt; once a later attempt has begun, or the
 * job was taken back, what the earlier worker says is refused (fencing), so that a job never has two results.
 *
 *   submit ──▶ queued ──claim──▶ running ──settle──▶ succeeded, failed, cancelled
 *                 ▲                 │
 *                 └─giveBack, reap──┘   the second time that its worker was killed or lost: failed as `poison`
 *
 * Leases and ages are measured by the engine's own clock, never by that of a caller: machines disagree on the time.
 * Every method rejects with FaultError `not-ready` when the engine cannot be reached.
 */
import type { Fault } from '../errors.ts'
import type { Progress } from '../inference/progress.ts'
import type { Correction } from './correction.ts'
import type { NewEffect } from './effect-store.ts'
import type { Job, JobReport, JobState } from './job.ts'
import type { SubmitLimits } from './limits.ts'
import type { JobKind, StoredTask } from './task.ts'

export interface StoredResult {
  readonly report: JobReport
  /** Key of the label map's blob; of a comparison that of the map of fates. */
  readonly labelsKey: string
}

export interface NewJob {
  /** UUIDv4, made by the caller because the blobs lie under it. */
  readonly id: string
  /** Who may see it; '' where there are no keys. */
  readonly owner: string
  readonly task: StoredTask
  /** The bytes of all scans as they were sent. */
  readonly inputBytes: number
  /** Hash of everything the result depends on; null: not to be cached. */
  readonly cacheKey: string | null
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null
  /** W3C trace context of the request. */
  readonly traceparent: string | null
  /** A result known already (the cache): the job has succeeded when it is made, and no limit applies. */
  readonly result: StoredResult | null
}

export interface StoredJob {
  readonly job: Job
  /** In the order of submission of all jobs, rising. */
  readonly place: number
  readonly owner: string
  readonly task: StoredTask
  readonly inputBytes: number
  readonly cacheKey: string | null
  /** The key of the labels of a job that succeeded, else null. */
  readonly labelsKey: string | null
  /** How often it was claimed. */
  readonly attempt: number
  /** Number of the last thing that happened to it (state or progress), rising from 1: the id of its last event. */
  readonly sequence: number
  readonly cancelRequested: boolean
  readonly traceparent: string | null
  readonly correction: Correction | null
}

/** What a worker holds while it works. */
export interface Claim {
  readonly id: string
  /** The number of this attempt. */
  readonly token: number
  readonly owner: string
  readonly task: StoredTask
  readonly cacheKey: string | null
  readonly traceparent: string | null
  /** From submission to this claim. */
  readonly waitedMs: number
}

/** How an attempt ends a job. */
export type Settlement =
  | ({ readonly type: 'succeed' } & StoredResult)
  /** No fault: a bug. */
  | { readonly type: 'fail'; readonly fault: Fault | null }
  | { readonly type: 'cancel' }

/** A job after a call that may have changed it. */
export interface Changed extends StoredJob {
  /**
   * Whether this very call ended it. For each job one call says so, once: also where its answer was lost and it was said
   * again. What must follow was written with the end (effects.ts); this is for logs and metrics.
   */
  readonly hasEnded: boolean
}

export interface JobQuery {
  readonly owner: string
  /** 'segmentation' when absent. */
  readonly kind?: JobKind
  readonly state?: JobState
  /** Only jobs submitted before the one of this place. */
  readonly before?: number
  readonly limit: number
}

export interface CohortQuery {
  readonly owner: string
  readonly cohort: string
  /** Only jobs submitted after the one of this place. */
  readonly after?: number
  readonly limit: number
}

export interface JobCounts {
  readonly queued: number
  readonly running: number
  /** Age of the job that has waited longest; 0 when none waits. */
  readonly oldestQueuedS: number
}

export interface JobStore {
  /**
   * In one transaction: the earlier job of the same owner, idempotency key and body if there is one (its id is then not
   * that of `job`), else a new one within the limits.
   * @throws FaultError idempotency-mismatch, upload-too-large (for this owner), queue-full, too-many-jobs
   */
  submit(job: NewJob, limits: SubmitLimits): Promise<Changed>
  get(id: string): Promise<StoredJob | undefined>
  /** Jobs of one owner, the one submitted last first. */
  list(query: JobQuery): Promise<readonly StoredJob[]>
  /** Jobs of one owner that were sent under this name, the one submitted first first. */
  ofCohort(query: CohortQuery): Promise<readonly StoredJob[]>
  /** The latest of all owners that succeeded, the last one first. */
  lately(limit: number): Promise<readonly StoredJob[]>
  /** How many jobs wait before this one, of all owners. */
  ahead(place: number): Promise<number>
  /** The latest job of this owner that succeeded with this cache key. */
  findResult(owner: string, cacheKey: string): Promise<StoredJob | undefined>
  /** The job that was submitted first of those that wait; it runs from now on. Never the same job to two callers. */
  claim(workerId: string, leaseMs: number): Promise<Claim | undefined>
  /**
   * Takes back the jobs whose lease has run out: each waits again in its old place, or has ended as cancelled where that
   * was asked for, or as POISON at its MAX_KILLS-th loss. To be called before claim().
   * @returns those that have ended
   */
  reap(): Promise<readonly StoredJob[]>
  /**
   * Renews the lease, from now, and notes the progress if any.
   * 'cancel': still held, and should be stopped; 'lost': the claim is no longer good, nothing was changed.
   */
  heartbeat(claim: Claim, leaseMs: number, progress: Progress | null): Promise<'held' | 'cancel' | 'lost'>
  /** @returns undefined when the claim is no longer good; nothing was changed */
  settle(claim: Claim, settlement: Settlement): Promise<Changed | undefined>
  /**
   * Ends the attempt without a result: 'drain' does not count against the job, 'killed' does (POISON at the
   * MAX_KILLS-th). A job whose cancellation was asked for is cancelled.
   * @returns undefined when the claim is no longer good; nothing was changed
   */
  giveBack(claim: Claim, why: 'drain' | 'killed'): Promise<Changed | undefined>
  /**
   * A waiting job, or one whose lease has run out, is cancelled at once; of a running one its worker is told at the next
   * heartbeat; a final one stays.
   */
  requestCancel(id: string): Promise<Changed | undefined>
  /**
   * Ids of final jobs that ended at least so long ago and have no open effect, oldest first, at most 100.
   * @param keepUndeliveredMs those stay besides whose objects were given up less long ago: a person may have them sent again
   */
  expired(keepResultsMs: number, keepUndeliveredMs?: number): Promise<readonly string[]>
  /**
   * Drops a final job, its idempotency key and its effects that are done, and where its owner asked for it those that are
   * dead too; another job, and one that is gone, is left. Its open effects stay until they are done.
   * @returns whether it went
   */
  forget(id: string, why?: 'old' | 'asked'): Promise<boolean>
  /**
   * Corrects a job that succeeded; null takes the correction away.
   * @param followUps what must follow, by the correction that was there
   * @returns undefined: there is no such job (any more); nothing was changed
   */
  correct(
    id: string,
    correction: Correction | null,
    followUps: (earlier: Correction | null) => readonly NewEffect[],
  ): Promise<StoredJob | undefined>
  counts(): Promise<JobCounts>
  /** What an owner's jobs that wait or run take. */
  usage(owner: string): Promise<{ readonly jobs: number; readonly bytes: number }>
  /**
   * Tells of a change to a job, soon after it; the job may have changed again since. Changes made by other processes may
   * be told of late or never, so whoever waits must look for itself once a second as well.
   * @returns how to stop
   */
  onChange(listener: (id: string) => void): () => void
  /** Tells that a job waits to be computed, as onChange() does of changes. @returns how to stop */
  onWork(listener: () => void): () => void
  /** Rejects when jobs cannot be read and written. */
  ping(): Promise<void>
  close(): Promise<void>
}

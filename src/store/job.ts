/**
 * One segmentation or comparison, as a state and the few events that change it. Pure: time comes in, a new job goes out.
 *
 *   queued ──start──▶ running ──succeed──▶ succeeded
 *      │ ◀──requeue──    ├───────fail────▶ failed
 *      └──cancel, fail──▶└──────cancel───▶ cancelled
 *
 * The last three are final. Times are milliseconds since 1970.
 */
import type { Fault } from '../errors.ts'
import type { ComparisonReport } from '../inference/comparison-report.ts'
import type { Progress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'

export type JobReport = Report | ComparisonReport

interface Common {
  readonly id: string
  readonly createdAtMs: number
  /** When its last attempt began; null before the first. */
  readonly startedAtMs: number | null
  /** Where it is, or where it was when it ended. */
  readonly progress: Progress
}

export type Job =
  | (Common & { readonly state: 'queued' })
  | (Common & { readonly state: 'running' })
  | (Common & { readonly state: 'succeeded'; readonly finishedAtMs: number; readonly report: JobReport })
  /** No fault: a bug; its details are in the log and nowhere else. */
  | (Common & { readonly state: 'failed'; readonly finishedAtMs: number; readonly fault: Fault | null })
  | (Common & { readonly state: 'cancelled'; readonly finishedAtMs: number })

export type JobState = Job['state']

export const JOB_STATES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly JobState[]

export type JobEvent =
  | { readonly type: 'start' }
  /** Its worker gave it back or was lost; the progress stays until the next attempt reports its own. */
  | { readonly type: 'requeue' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'succeed'; readonly report: JobReport }
  | { readonly type: 'fail'; readonly fault: Fault | null }
  | { readonly type: 'cancel' }

const JOB_EVENTS: Readonly<Record<JobState, readonly JobEvent['type'][]>> = {
  queued: ['start', 'fail', 'cancel'],
  running: ['requeue', 'progress', 'succeed', 'fail', 'cancel'],
  succeeded: [],
  failed: [],
  cancelled: [],
}

/** Whether nothing can happen to it any more. */
export function isFinal(job: Job): boolean {
  return JOB_EVENTS[job.state].length === 0
}

/** A queued job. @param id UUIDv4 */
export function newJob(id: string, nowMs: number): Job {
  return {
    id,
    state: 'queued',
    createdAtMs: nowMs,
    startedAtMs: null,
    progress: { stage: 'decode', done: 0, total: 1 },
  }
}

/** @throws Error (a bug) when the job's state does not know the event */
export function after(job: Job, event: JobEvent, nowMs: number): Job {
  if (!JOB_EVENTS[job.state].includes(event.type)) throw new Error(`a ${job.state} job cannot ${event.type}`)
  const { id, createdAtMs, startedAtMs, progress } = job
  const common = { id, createdAtMs, startedAtMs, progress }
  switch (event.type) {
    case 'start':
      return { ...common, state: 'running', startedAtMs: nowMs }
    case 'requeue':
      return { ...common, state: 'queued' }
    case 'progress':
      return { ...common, state: 'running', progress: event.progress }
    case 'succeed':
      return {
        ...common,
        state: 'succeeded',
        finishedAtMs: nowMs,
        report: event.report,
        progress: { stage: 'encode', done: 1, total: 1 },
      }
    case 'fail':
      return { ...common, state: 'failed', finishedAtMs: nowMs, fault: event.fault }
    case 'cancel':
      return { ...common, state: 'cancelled', finishedAtMs: nowMs }
  }
}

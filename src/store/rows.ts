/** A row of the jobs table (schema.ts), and what it says. */

import type { Correction } from './correction.ts'
import type { Job, JobState } from './job.ts'
import type { Claim, StoredJob } from './job-store.ts'

export interface Row {
  readonly seq: number
  readonly id: string
  readonly owner: string
  readonly task: string
  readonly input_bytes: number
  readonly cache_key: string | null
  readonly body_hash: string | null
  readonly traceparent: string | null
  readonly state: JobState
  readonly created_ms: number
  readonly started_ms: number | null
  readonly finished_ms: number | null
  readonly progress: string
  readonly report: string | null
  readonly fault: string | null
  readonly labels_key: string | null
  readonly attempt: number
  readonly kills: number
  readonly sequence: number
  readonly cancel_requested: number
  readonly changed_by: string | null
  readonly correction: string | null
}

export function jobOf(row: Row): Job {
  const { id, created_ms: createdAtMs, started_ms: startedAtMs } = row
  const common = { id, createdAtMs, startedAtMs, progress: JSON.parse(row.progress) }
  const finishedAtMs = row.finished_ms ?? 0
  switch (row.state) {
    case 'queued':
    case 'running':
      return { ...common, state: row.state }
    case 'succeeded':
      return { ...common, state: row.state, finishedAtMs, report: JSON.parse(row.report ?? 'null') }
    case 'failed':
      return { ...common, state: row.state, finishedAtMs, fault: JSON.parse(row.fault ?? 'null') }
    case 'cancelled':
      return { ...common, state: row.state, finishedAtMs }
  }
}

/** Whether nothing can happen to it any more. */
export function isEnded({ state }: Row): boolean {
  return state !== 'queued' && state !== 'running'
}

export function storedOf(row: Row): StoredJob {
  return {
    place: row.seq,
    job: jobOf(row),
    owner: row.owner,
    task: JSON.parse(row.task),
    inputBytes: row.input_bytes,
    cacheKey: row.cache_key,
    labelsKey: row.labels_key,
    attempt: row.attempt,
    sequence: row.sequence,
    cancelRequested: row.cancel_requested !== 0,
    traceparent: row.traceparent,
    correction: correctionOf(row),
  }
}

export function correctionOf({ correction }: Pick<Row, 'correction'>): Correction | null {
  return correction === null ? null : JSON.parse(correction)
}

/** The claim on the job of a row that was claimed just now. */
export function claimOf(row: Row): Claim {
  return {
    id: row.id,
    token: row.attempt,
    owner: row.owner,
    task: JSON.parse(row.task),
    cacheKey: row.cache_key,
    traceparent: row.traceparent,
    waitedMs: Math.max(0, (row.started_ms ?? row.created_ms) - row.created_ms),
  }
}

/** A row of the jobs table, and what it says. */
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
  readonly finished_ms: number | null
  readonly progress: string
  readonly report: string | null
  readonly fault: string | null
  readonly labels_key: string | null
  readonly attempt: number
  readonly kills: number
  readonly sequence: number
  readonly cancel_requested: number
  readonly lease_until_ms: number | null
}

export function jobOf(row: Row): Job {
  const common = { id: row.id, createdAtMs: row.created_ms, progress: JSON.parse(row.progress) }
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

export function storedOf(row: Row): StoredJob {
  return {
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
  }
}

/** Of a row that was claimed just now. */
export function claimOf(row: Row, nowMs: number): Claim {
  return {
    id: row.id,
    token: row.attempt,
    owner: row.owner,
    task: JSON.parse(row.task),
    cacheKey: row.cache_key,
    traceparent: row.traceparent,
    waitedMs: Math.max(0, nowMs - row.created_ms),
  }
}

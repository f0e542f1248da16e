/** A job as callers see it: the document of GET, and the data of its events. openapi.yaml has both (Job, JobEvent). */
import { type ComparisonReport, isComparison } from '../inference/comparison-report.ts'
import type { Report } from '../inference/report.ts'
import { isFinal } from '../store/job.ts'
import type { StoredJob } from '../store/job-store.ts'
import { type JobKind, kindOf } from '../store/task.ts'
import { problemOf } from './problem.ts'
import { secondsLeft } from './seconds-left.ts'

/** @param basePath what a proxy puts before our paths, or '' (ONELABEL_BASE_PATH) */
export function uriOf(id: string, basePath: string, kind: JobKind = 'segmentation'): string {
  return `${basePath}/v1/${kind}s/${id}`
}

export interface DocumentSettings {
  /** How long a job is kept after its end. */
  readonly keepResultsMs: number
  /** As for uriOf(). */
  readonly basePath: string
}

/** As documents give it: ISO 8601, in UTC. */
export const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** @param ahead how many jobs wait before this one, where it waits */
export function jobDocument(
  { job, task, correction }: Pick<StoredJob, 'job' | 'task' | 'correction'>,
  { keepResultsMs, basePath }: DocumentSettings,
  ahead: number | null = null,
): object {
  const { id, state } = job
  const { stage, done, total } = job.progress
  const endedAtMs = isFinal(job) && 'finishedAtMs' in job ? job.finishedAtMs : null
  return {
    id,
    ...(task.kind !== undefined && { kind: task.kind }),
    ...(task.name !== undefined && { name: task.name }),
    ...(task.cohort !== undefined && { cohort: task.cohort }),
    state,
    model: task.modelId ?? null,
    created: timeOf(job.createdAtMs),
    started: timeOf(job.startedAtMs),
    ended: timeOf(endedAtMs),
    expires: endedAtMs === null ? null : timeOf(endedAtMs + keepResultsMs),
    queuePlace: state === 'queued' && ahead !== null ? ahead + 1 : null,
    progress: { stage, done, total },
    secondsLeft: secondsLeft(job),
    ...(kindOf(task) === 'segmentation' && {
      corrected: timeOf(correction?.atMs ?? null),
      scansKept: job.state === 'succeeded' && task.keepsScans ? Object.keys(task.scans) : [],
    }),
    ...(job.state === 'succeeded' && { report: job.report }),
    ...(job.state === 'failed' && { problem: problemOf(job.fault, uriOf(id, basePath, kindOf(task))) }),
  }
}

/** The same on one level, for a progress bar; of the report only what fits a line. */
export function jobEventData({ job, task }: Pick<StoredJob, 'job' | 'task'>, basePath: string): object {
  const { id, state } = job
  const { stage, done, total } = job.progress
  return {
    id,
    state,
    stage,
    done,
    total,
    secondsLeft: secondsLeft(job),
    ...(job.state === 'succeeded' && {
      summary: isComparison(job.report) ? changesOf(job.report) : summaryOf(job.report),
    }),
    ...(job.state === 'failed' && { problem: problemOf(job.fault, uriOf(id, basePath, kindOf(task))) }),
  }
}

function summaryOf({ model, device, labels, lesions, timingsMs, warnings }: Report): object {
  const { assessable, count, totalMl, largestMl } = lesions
  return {
    model,
    device,
    labels: labels.map(({ value, name, assessable, volumeMl }) => ({ value, name, assessable, volumeMl })),
    lesions: { assessable, count, totalMl, largestMl },
    totalMs: timingsMs.total,
    warnings: warnings.map(({ code }) => code),
  }
}

function changesOf({ model, device, labels, ventricles, lesions, timingsMs, warnings }: ComparisonReport): object {
  return {
    ...{ model, device, labels, ventricles },
    lesions: lesions && { count: lesions.count },
    totalMs: timingsMs.total,
    warnings: warnings.map(({ code }) => code),
  }
}

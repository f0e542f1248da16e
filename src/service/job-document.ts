/** A job as callers see it: the document of GET, and the data of its events. openapi.yaml has both (Job, JobEvent). */
import type { Report } from '../inference/report.ts'
import type { Job } from '../store/job.ts'
import { problemOf } from './problem.ts'
import { secondsLeft } from './seconds-left.ts'

/** @param basePath what a proxy puts before our paths, or '' (ONELABEL_BASE_PATH) */
export function uriOf(id: string, basePath: string): string {
  return `${basePath}/v1/segmentations/${id}`
}

/** @param basePath as for uriOf() */
export function jobDocument(job: Job, basePath: string): object {
  const { id, state } = job
  const { stage, done, total } = job.progress
  return {
    id,
    state,
    progress: { stage, done, total },
    secondsLeft: secondsLeft(job),
    ...(job.state === 'succeeded' && { report: job.report }),
    ...(job.state === 'failed' && { problem: problemOf(job.fault, uriOf(id, basePath)) }),
  }
}

/** The same on one level, for a progress bar; of the report only what fits a line. */
export function jobEventData(job: Job, basePath: string): object {
  const { id, state } = job
  const { stage, done, total } = job.progress
  return {
    id,
    state,
    stage,
    done,
    total,
    secondsLeft: secondsLeft(job),
    ...(job.state === 'succeeded' && { summary: summaryOf(job.report) }),
    ...(job.state === 'failed' && { problem: problemOf(job.fault, uriOf(id, basePath)) }),
  }
}

function summaryOf({ model, device, labels, lesions, timingsMs, warnings }: Report): object {
  const { count, totalMl, largestMl } = lesions
  return {
    model,
    device,
    labels: labels.map(({ value, name, volumeMl }) => ({ value, name, volumeMl })),
    lesions: { count, totalMl, largestMl },
    totalMs: timingsMs.total,
    warnings: warnings.map(({ code }) => code),
  }
}

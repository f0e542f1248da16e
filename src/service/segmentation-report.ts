/** The report of a job that is known to be a segmentation. */
import { isComparison } from '../inference/comparison-report.ts'
import type { Report } from '../inference/report.ts'
import type { Job } from '../store/job.ts'

/** @throws Error (a bug) for a comparison */
export function segmentationReport({ report }: Extract<Job, { state: 'succeeded' }>): Report {
  if (isComparison(report)) throw new Error('a comparison has no report of one label map')
  return report
}

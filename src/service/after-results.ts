/** What is done with the results of a job that has ended, and with its scans where they were kept. */
import { createAside } from './aside.ts'
import { type Corrections, type CorrectionsDeps, createCorrections } from './corrections.ts'
import { type ScansOfJob, scansOfJob } from './scans-of-job.ts'

export interface AfterResults {
  readonly corrections: Corrections
  readonly scans: ScansOfJob
  /** For files that pass through; what is left in it is swept. */
  readonly incomingDir: string
}

export function afterResults(deps: Omit<CorrectionsDeps, 'aside'>): AfterResults {
  const { blobs, limits, incomingDir } = deps
  const aside = createAside()
  return { corrections: createCorrections({ ...deps, aside }), scans: scansOfJob(blobs, aside, limits), incomingDir }
}

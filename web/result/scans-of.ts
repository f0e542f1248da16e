/** The files that a result is looked at with. */
import { type Job, jobPath } from '../server/jobs.ts'
import { keptScan } from '../server/local-scans.ts'
import { ask, Refusal } from '../server/request.ts'

/** Whether a scan can be shown: the service kept it, or it was sent from this tab. */
export const hasScan = (job: Job, channel: string): boolean =>
  keptScan(job.id, channel) !== null || job.scansKept?.includes(channel) === true

/** The scan of a channel, as it was sent from this tab, or as the service gives it. @throws Refusal where it is gone */
export async function scanOf(job: Job, channel: string): Promise<File> {
  return (
    keptScan(job.id, channel) ?? fileFrom(jobPath(job.id, `/scans/${encodeURIComponent(channel)}`), `${channel}.nii.gz`)
  )
}

export const labelsOf = (job: Job): Promise<File> => fileFrom(jobPath(job.id, '/labels'), 'labels.nii.gz')

/** Null where none was asked for. */
export async function confidenceOf(job: Job): Promise<File | null> {
  try {
    return await fileFrom(jobPath(job.id, '/confidence'), 'confidence.nii.gz')
  } catch (error) {
    if (error instanceof Refusal && error.problem.status === 404) return null
    throw error
  }
}

/** @param name by its end the viewer knows the format */
export async function fileFrom(path: string, name: string): Promise<File> {
  return new File([await (await ask(path)).blob()], name)
}

/** The files that a result is looked at with. */
import { type Job, jobPath } from '../server/jobs.ts'
import { keptScan } from '../server/local-scans.ts'
import { ask, Refusal } from '../server/request.ts'

/** The scan of a channel: from the service, on the grid that the map may lie on, or as it was sent from this tab; else null. */
export async function scanOf(job: Job, channel: string): Promise<File | null> {
  const kept = keptScan(job.id, channel)
  if (kept !== null) return kept
  try {
    return await fileFrom(jobPath(job.id, `/scans/${encodeURIComponent(channel)}`), `${channel}.nii.gz`)
  } catch (error) {
    if (error instanceof Refusal && error.problem.status === 404) return null
    throw error
  }
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

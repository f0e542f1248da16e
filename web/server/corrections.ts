/** A label map as a person corrected it. The original stays; both can be had. */
import type { Report } from '../../src/inference/report.ts'
import { jobPath } from './jobs.ts'
import { ask, askJson, Refusal } from './request.ts'

/** Sends a map and resolves with its report, lesions counted again. @throws Refusal */
export async function putCorrection(jobId: string, map: Blob): Promise<Report> {
  return askJson<Report>(jobPath(jobId, '/correction'), {
    method: 'PUT',
    headers: { 'Content-Type': 'application/gzip' },
    body: map,
  })
}

/** The report of the corrected map; null where nobody corrected it. */
export async function getCorrection(jobId: string): Promise<Report | null> {
  try {
    return await askJson<Report>(jobPath(jobId, '/correction.json'))
  } catch (error) {
    if (error instanceof Refusal && error.problem.status === 404) return null
    throw error
  }
}

export async function removeCorrection(jobId: string): Promise<void> {
  await ask(jobPath(jobId, '/correction'), { method: 'DELETE' })
}

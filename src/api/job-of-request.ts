/** The job that a request names. */
import type { Request, Response } from 'express'
import { FaultError } from '../errors.ts'
import type { JobStore, StoredJob } from '../store/job-store.ts'
import { ownerOf } from './intake.ts'
import { nameTrace } from './request-id.ts'

export type JobOfRequest = (req: Request, res: Response) => Promise<StoredJob>

/** Another owner's job does not exist for this one. It throws FaultError not-found. */
export function jobOfRequest(store: Pick<JobStore, 'get'>): JobOfRequest {
  return async (req, res) => {
    const stored = await store.get(String(req.params['id']))
    if (stored !== undefined && stored.owner === ownerOf(res)) {
      res.locals['jobId'] = stored.job.id
      nameTrace(res, stored.traceparent)
      return stored
    }
    throw new FaultError('not-found', 'there is no such job (any more)')
  }
}

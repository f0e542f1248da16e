/** POST /v1/segmentations and what it creates (jobs.ts): label maps, reports, pages to print, DICOM objects. */
import type { Request, RequestHandler, Response } from 'express'
import type { ObjectKind } from '../dicom/object-names.ts'
import { FaultError } from '../errors.ts'
import type { StoredJob } from '../store/job-store.ts'
import { includesConfidence } from '../store/options.ts'
import type { EventsOf } from './events.ts'
import { createIntake, type IntakeDeps } from './intake.ts'
import { createJobs, type Jobs, type JobsDeps } from './jobs.ts'
import { answerForm, DICOM, mapType, PDF, prefersPage } from './prefer.ts'
import { isObject, RESULTS, requireObject, requirePage } from './results.ts'
import { receiveUpload } from './upload.ts'

export interface SegmentationDeps extends JobsDeps, IntakeDeps {}

/** The handlers of POST, of GET and DELETE on a job, and of GET on its events and results. They throw FaultErrors. */
export function createSegmentations(
  deps: SegmentationDeps,
  eventsOf: EventsOf,
): Readonly<
  Record<'post' | 'list' | 'get' | 'events' | 'labels' | 'confidence' | ObjectKind | 'remove', RequestHandler>
> &
  Pick<Jobs, 'of'> {
  const jobs = createJobs(deps, 'segmentation')
  const takeIn = createIntake(deps, async (req, res, dir, limits) => {
    const received = await receiveUpload(req, res, dir, limits)
    // who wants the page as the answer wants it made
    if (answerForm(req) !== 'pdf') return received
    return { ...received, options: { ...received.options, page: '1' as const } }
  })

  function send(req: Request, res: Response, stored: StoredJob, result: keyof typeof RESULTS): Promise<void> {
    return jobs.sendFile(req, res, stored, RESULTS[result].what, (job) => {
      if (isObject(result)) requireObject(job, result)
      if (result === 'pdf') requirePage(job)
      return { ...RESULTS[result], type: isObject(result) ? DICOM : result === 'pdf' ? PDF : mapType(req) }
    })
  }

  function objectOf(kind: ObjectKind): RequestHandler {
    return async (req, res) => send(req, res, await jobs.of(req, res), kind)
  }

  return {
    of: jobs.of,
    post: jobs.post(takeIn, (request) => {
      const form = answerForm(request)
      return async (req, res, stored) => {
        const { job } = stored
        if (form !== 'report' || job.state !== 'succeeded')
          return send(req, res, stored, form === 'report' ? 'labels' : form)
        jobs.setModelHeaders(res, job)
        res.json(job.report)
      }
    }),
    list: jobs.list('jobs'),
    async get(req, res) {
      const stored = await jobs.of(req, res)
      res.vary('Accept')
      await (prefersPage(req) ? send(req, res, stored, 'pdf') : jobs.sendDocument(res, stored))
    },
    events: eventsOf(jobs.of),
    async labels(req, res) {
      await send(req, res, await jobs.of(req, res), 'labels')
    },
    async confidence(req, res) {
      const stored = await jobs.of(req, res)
      if (!includesConfidence(stored.task.options)) {
        throw new FaultError('not-asked', 'the job was sent without include=confidence; send the scan again with it')
      }
      await send(req, res, stored, 'confidence')
    },
    ...{ seg: objectOf('seg'), sr: objectOf('sr'), sc: objectOf('sc') },
    remove: jobs.remove,
  }
}

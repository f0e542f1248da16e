/**
 * POST /v1/segmentations and what it creates. One endpoint answers at once or later, as the caller prefers
 * (docs/decisions/0005). A caller who waits and goes away cancels the job; one who was told where the result will be, or
 * who gave an Idempotency-Key to find it again, does not.
 */
import type { Request, RequestHandler, Response } from 'express'
import type { ComputeStatus } from '../compute/supervisor.ts'
import type { ObjectKind } from '../dicom/object-names.ts'
import { FaultError } from '../errors.ts'
import type { CancelJob } from '../service/cancel.ts'
import { type DocumentSettings, jobDocument, uriOf } from '../service/job-document.ts'
import { problemOf } from '../service/problem.ts'
import type { Blobs } from '../store/blobs.ts'
import { isFinal, JOB_STATES, type Job } from '../store/job.ts'
import type { StoredJob } from '../store/job-store.ts'
import { includesConfidence } from '../store/options.ts'
import type { Store } from '../store/store.ts'
import { waitForJob } from '../store/wait.ts'
import { disposition } from './download-name.ts'
import { createEvents, type EventsDeps } from './events.ts'
import { createIntake, type IntakeDeps, ownerOf } from './intake.ts'
import { jobOfRequest } from './job-of-request.ts'
import { nextOf, pageOf } from './pages.ts'
import { answerForm, DICOM, mapType, PDF, parsePrefer, preferenceApplied, prefersPage } from './prefer.ts'
import { sendProblem } from './problem.ts'
import { idempotencyKey } from './request-headers.ts'
import { nameTrace } from './request-id.ts'
import { requireOwn } from './require-own.ts'
import { isObject, RESULTS, requireObject, requirePage } from './results.ts'
import { sendStream } from './send-stream.ts'

export interface SegmentationDeps
  extends IntakeDeps,
    DocumentSettings,
    Pick<EventsDeps, 'maxEventStreams' | 'maxOwnerStreams'> {
  readonly store: Store
  readonly blobs: Blobs
  readonly cancel: CancelJob
  readonly isDraining: () => boolean
  /** null where this process computes nothing itself. */
  readonly computeStatus: () => ComputeStatus | null
  readonly syncWaitMs: number
  /** Aborts when nothing is computed here any more: whoever waits is told where the result will be. */
  readonly stopped: AbortSignal
}

/** How often to ask for a job that is not finished. */
const POLL_AFTER_S = 2

/** The handlers of POST, of GET and DELETE on a job, and of GET on its events and results. They throw FaultErrors. */
export function createSegmentations(
  deps: SegmentationDeps,
): Readonly<
  Record<'post' | 'list' | 'get' | 'events' | 'labels' | 'confidence' | ObjectKind | 'remove', RequestHandler>
> {
  const { store, blobs, cancel, computeStatus, syncWaitMs, isDraining, stopped, basePath } = deps
  const takeIn = createIntake(deps)
  const jobOf = jobOfRequest(store)

  /**
   * The job when it is final, or when the caller has waited enough, or when it will not end before this process does; a
   * caller who goes away cancels it, but for one who can come back with its Idempotency-Key.
   */
  async function waitFor(accepted: StoredJob, req: Request, res: Response, waitMs: number): Promise<StoredJob> {
    const mayComeBack = idempotencyKey(req) !== undefined
    const goneAway = new AbortController()
    const onClose = () => goneAway.abort()
    res.once('close', onClose)
    if (res.destroyed) onClose()
    const enough = AbortSignal.any([goneAway.signal, AbortSignal.timeout(waitMs), stopped])
    const isEnough = (found: StoredJob) => isFinal(found.job) || (isDraining() && found.job.state === 'queued')
    const found = await waitForJob(store, accepted.job.id, isEnough, enough)
    res.off('close', onClose)
    if (goneAway.signal.aborted && !stopped.aborted && !mayComeBack) await cancel(accepted.job.id)
    return found ?? accepted
  }

  async function documentOf(stored: StoredJob): Promise<object> {
    const ahead = stored.job.state === 'queued' ? await store.ahead(stored.place) : null
    return jobDocument(stored, deps, ahead)
  }

  async function sendAccepted(res: Response, stored: StoredJob): Promise<void> {
    res
      .status(202)
      .set('Retry-After', String(POLL_AFTER_S))
      .json(await documentOf(stored))
  }

  async function sendResult(
    req: Request,
    res: Response,
    { job, task, labelsKey }: StoredJob,
    result: keyof typeof RESULTS,
  ): Promise<void> {
    const { name, what, keyOf } = RESULTS[result]
    if (job.state === 'failed') {
      sendProblem(res, problemOf(job.fault, uriOf(job.id, basePath)))
      return
    }
    if (job.state === 'cancelled') throw new FaultError('cancelled', `the job was cancelled; there is no ${what}`)
    if (job.state !== 'succeeded') {
      res.set('Retry-After', String(POLL_AFTER_S))
      throw new FaultError('not-finished', `the job is ${job.state}; there is no ${what} yet`)
    }
    if (isObject(result)) requireObject(job, result)
    if (result === 'pdf') requirePage(job)
    const { stream, sizeBytes } = await blobs.openRead(keyOf(labelsKey ?? ''))
    setModelHeaders(res, job)
    res
      .type(isObject(result) ? DICOM : result === 'pdf' ? PDF : mapType(req))
      .set('Content-Disposition', disposition(task.name, name))
    res.set('Content-Length', String(sizeBytes))
    if (req.method === 'HEAD') {
      stream.destroy()
      res.end()
    } else await sendStream(stream, res, sizeBytes)
  }

  function setModelHeaders(res: Response, { report }: Extract<Job, { state: 'succeeded' }>): void {
    res.set({ 'X-Model': `${report.model.id}@${report.model.version}`, 'X-Device': report.device })
  }

  function objectOf(kind: ObjectKind): RequestHandler {
    return async (req, res) => sendResult(req, res, await jobOf(req, res), kind)
  }

  return {
    async post(req, res) {
      const form = answerForm(req)
      const preference = parsePrefer(req.get('prefer'))
      const status = computeStatus()
      if (status?.state === 'failed' || status?.state === 'stopped') {
        throw new FaultError('not-ready', 'no computation is possible; /readyz says why')
      }
      const isAsync = preference.respondAsync && preference.waitS === undefined
      const { stored: accepted, isLarge } = await takeIn(req, res, {
        mode: isAsync ? 'async' : 'sync',
        isPatient: preference.waitS !== undefined,
      })
      const { id } = accepted.job
      res.locals['jobId'] = id
      nameTrace(res, accepted.traceparent)
      res.location(uriOf(id, basePath))
      const waitMs = Math.min(preference.waitS === undefined ? syncWaitMs : preference.waitS * 1000, syncWaitMs)
      const stored = isAsync || isLarge ? accepted : await waitFor(accepted, req, res, waitMs)
      const { job } = stored
      // Who wants to come back later is told where, also where the result is known already.
      const later = isAsync || !isFinal(job)
      const applied = preferenceApplied(preference, later)
      if (applied !== undefined) res.set('Preference-Applied', applied)
      if (later) return sendAccepted(res, stored)
      if (form !== 'report' || job.state !== 'succeeded')
        return sendResult(req, res, stored, form === 'report' ? 'labels' : form)
      setModelHeaders(res, job)
      res.json(job.report)
    },
    async list(req, res) {
      requireOwn(res)
      const { limit, ...page } = pageOf(req, JOB_STATES)
      const found = await store.list({ owner: ownerOf(res), ...page, limit: limit + 1 })
      const jobs = await Promise.all(found.slice(0, limit).map(documentOf))
      res.json({ jobs, next: nextOf(found, limit) })
    },
    async get(req, res) {
      const stored = await jobOf(req, res)
      res.vary('Accept')
      if (prefersPage(req)) return sendResult(req, res, stored, 'pdf')
      if (!isFinal(stored.job)) res.set('Retry-After', String(POLL_AFTER_S))
      res.json(await documentOf(stored))
    },
    events: createEvents(deps, jobOf),
    async labels(req, res) {
      await sendResult(req, res, await jobOf(req, res), 'labels')
    },
    async confidence(req, res) {
      const stored = await jobOf(req, res)
      if (!includesConfidence(stored.task.options)) {
        throw new FaultError('not-asked', 'the job was sent without include=confidence; send the scan again with it')
      }
      await sendResult(req, res, stored, 'confidence')
    },
    ...{ seg: objectOf('seg'), sr: objectOf('sr'), sc: objectOf('sc') },
    async remove(req, res) {
      const stored = await jobOf(req, res)
      if (!isFinal(stored.job)) return sendAccepted(res, (await cancel(stored.job.id)) ?? stored)
      await store.forget(stored.job.id, 'asked')
      res.status(204).end()
    },
  }
}

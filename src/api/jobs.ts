/**
 * What jobs of both kinds are asked over HTTP: a POST that answers at once or later, as the caller prefers
 * (docs/decisions/0005), the list, the document, the events, the end. A caller who waits and goes away cancels the job; one
 * who was told where the result will be, or who gave an Idempotency-Key to find it again, does not.
 */
import type { Request, RequestHandler, Response } from 'express'
import type { ComputeStatus } from '../compute/supervisor.ts'
import { FaultError } from '../errors.ts'
import { hasScope, type Identity } from '../security/identity.ts'
import type { CancelJob } from '../service/cancel.ts'
import { type DocumentSettings, jobDocument, uriOf } from '../service/job-document.ts'
import { problemOf } from '../service/problem.ts'
import type { Submitted } from '../service/submit.ts'
import type { Blobs } from '../store/blobs.ts'
import { isFinal, JOB_STATES, type Job } from '../store/job.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'
import { type JobKind, kindOf } from '../store/task.ts'
import { waitForJob } from '../store/wait.ts'
import { disposition } from './download-name.ts'
import { type Answering, ownerOf } from './intake.ts'
import { nextOf, pageOf } from './pages.ts'
import { parsePrefer, preferenceApplied } from './prefer.ts'
import { sendProblem } from './problem.ts'
import { idempotencyKey } from './request-headers.ts'
import { nameTrace } from './request-id.ts'
import { requireOwn } from './require-own.ts'
import { sendStream } from './send-stream.ts'

export interface JobsDeps extends DocumentSettings {
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

/** A file of a job that has succeeded. */
export interface ResultFile {
  /** What it is saved as. */
  readonly name: string
  /** What it is called where it is not there. */
  readonly what: string
  readonly keyOf: (labelsKey: string) => string
  readonly type: string
}

export type Succeeded = Extract<Job, { state: 'succeeded' }>

type TakeIn = (req: Request, res: Response, answering: Answering) => Promise<Submitted>
/** Answers with the result of a job that has ended, in the form that the request asks for. */
type AnswerWith = (req: Request, res: Response, stored: StoredJob) => Promise<void>

export interface Jobs {
  /** Another owner's job, and one of another kind, does not exist for this one. @throws FaultError not-found */
  of(req: Request, res: Response): Promise<StoredJob>
  /** @param formOf throws where the request asks for no form that there is, before anything is taken in */
  post(takeIn: TakeIn, formOf: (req: Request) => AnswerWith): RequestHandler
  /** Under this name in the answer. */
  list(name: string): RequestHandler
  sendDocument(res: Response, stored: StoredJob): Promise<void>
  /**
   * For a job that has not succeeded it answers why there is no file.
   * @param fileOf may throw that this job has no such file
   */
  sendFile(
    req: Request,
    res: Response,
    stored: StoredJob,
    what: string,
    fileOf: (job: Succeeded) => ResultFile,
  ): Promise<void>
  setModelHeaders(res: Response, job: Succeeded): void
  readonly remove: RequestHandler
}

/** How often to ask for a job that is not finished. */
const POLL_AFTER_S = 2

/** Its owner; and who may see the studies of a PACS may read, not change, what was made of them. */
function maySee(req: Request, res: Response, { owner }: StoredJob): boolean {
  if (owner === ownerOf(res)) return true
  const scopes: Identity['scopes'] = res.locals['scopes'] ?? []
  return owner.startsWith('pacs:') && hasScope({ scopes }, 'pacs') && (req.method === 'GET' || req.method === 'HEAD')
}

export function createJobs(deps: JobsDeps, kind: JobKind): Jobs {
  const { store, blobs, cancel, computeStatus, syncWaitMs, isDraining, stopped, basePath } = deps

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

  const jobs: Jobs = {
    async of(req, res) {
      const stored = await store.get(String(req.params['id']))
      if (stored !== undefined && maySee(req, res, stored) && kindOf(stored.task) === kind) {
        res.locals['jobId'] = stored.job.id
        nameTrace(res, stored.traceparent)
        return stored
      }
      throw new FaultError('not-found', 'there is no such job (any more)')
    },
    post: (takeIn, formOf) => async (req, res) => {
      const answerWith = formOf(req)
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
      res.location(uriOf(id, basePath, kindOf(accepted.task)))
      const waitMs = Math.min(preference.waitS === undefined ? syncWaitMs : preference.waitS * 1000, syncWaitMs)
      const stored = isAsync || isLarge ? accepted : await waitFor(accepted, req, res, waitMs)
      // Who wants to come back later is told where, also where the result is known already.
      const later = isAsync || !isFinal(stored.job)
      const applied = preferenceApplied(preference, later)
      if (applied !== undefined) res.set('Preference-Applied', applied)
      await (later ? sendAccepted(res, stored) : answerWith(req, res, stored))
    },
    list: (name) => async (req, res) => {
      requireOwn(res)
      const { limit, ...page } = pageOf(req, JOB_STATES)
      const found = await store.list({ owner: ownerOf(res), kind, ...page, limit: limit + 1 })
      const shown = await Promise.all(found.slice(0, limit).map(documentOf))
      res.json({ [name]: shown, next: nextOf(found, limit) })
    },
    async sendDocument(res, stored) {
      if (!isFinal(stored.job)) res.set('Retry-After', String(POLL_AFTER_S))
      res.json(await documentOf(stored))
    },
    async sendFile(req, res, { job, task, labelsKey }, what, fileOf) {
      if (job.state === 'failed') {
        sendProblem(res, problemOf(job.fault, uriOf(job.id, basePath, kind)))
        return
      }
      if (job.state === 'cancelled') throw new FaultError('cancelled', `the job was cancelled; there is no ${what}`)
      if (job.state !== 'succeeded') {
        res.set('Retry-After', String(POLL_AFTER_S))
        throw new FaultError('not-finished', `the job is ${job.state}; there is no ${what} yet`)
      }
      const { name, keyOf, type } = fileOf(job)
      const { stream, sizeBytes } = await blobs.openRead(keyOf(labelsKey ?? ''))
      jobs.setModelHeaders(res, job)
      res.type(type).set('Content-Disposition', disposition(task.name, name))
      res.set('Content-Length', String(sizeBytes))
      if (req.method === 'HEAD') {
        stream.destroy()
        res.end()
      } else await sendStream(stream, res, sizeBytes)
    },
    setModelHeaders(res, { report }) {
      res.set({ 'X-Model': `${report.model.id}@${report.model.version}`, 'X-Device': report.device })
    },
    async remove(req, res) {
      const stored = await jobs.of(req, res)
      if (!isFinal(stored.job)) return sendAccepted(res, (await cancel(stored.job.id)) ?? stored)
      await store.forget(stored.job.id, 'asked')
      res.status(204).end()
    },
  }
  return jobs
}

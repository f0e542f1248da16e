/**
 * POST /v1/segmentations and what it creates. One endpoint answers at once or later, as the caller prefers
 * (docs/decisions/0005). A caller who waits and goes away cancels the job; one who was told where the result will be
 * does not.
 */
import { basename, dirname } from 'node:path'
import type { Request, RequestHandler, Response } from 'express'
import type { SegmentTask } from '../compute/protocol.ts'
import type { ComputeStatus } from '../compute/supervisor.ts'
import { FaultError } from '../errors.ts'
import { chooseGridChannel } from '../inference/segment.ts'
import type { Job } from '../jobs/job.ts'
import type { JobQueue } from '../jobs/queue.ts'
import { chooseModel, type Model } from '../model/registry.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { answerForm, parsePrefer, preferenceApplied } from './prefer.ts'
import { problemOf, sendProblem } from './problem.ts'
import { receiveUpload, type Upload } from './upload.ts'

export interface SegmentationDeps {
  readonly queue: JobQueue
  readonly models: readonly Model[]
  readonly computeStatus: () => ComputeStatus
  readonly metrics: Metrics
  readonly maxUploadBytes: number
  readonly syncWaitMs: number
}

/** How often to ask for a job that is not finished. */
const POLL_AFTER_S = 2

function uriOf(id: string): string {
  return `/v1/segmentations/${id}`
}

function jobDocument(job: Job): object {
  const { id, state, progress } = job
  return {
    id,
    state,
    progress,
    ...(job.state === 'succeeded' && { report: job.report }),
    ...(job.state === 'failed' && { problem: problemOf(job.fault, uriOf(id)) }),
  }
}

/** The handlers of POST, of GET and DELETE on a job, and of GET on its label map. They throw FaultErrors. */
export function createSegmentations(
  deps: SegmentationDeps,
): Readonly<Record<'post' | 'get' | 'labels' | 'remove', RequestHandler>> {
  const { queue, models, computeStatus, metrics, maxUploadBytes, syncWaitMs } = deps
  const channels = [...new Set(models.flatMap(({ card }) => card.channels.map(({ name }) => name)))]

  /** Checked against the card now, so that what cannot run is refused before it waits its turn. */
  function taskOf({ scans, model, grid }: Upload): Omit<SegmentTask, 'outPath'> {
    const { card } = chooseModel(models, model)
    const gridChannel = chooseGridChannel(Object.keys(scans), card, grid)
    const paths = Object.fromEntries(Object.entries(scans).map(([channel, { path }]) => [channel, path]))
    return { scans: paths, modelId: card.id, gridChannel }
  }

  async function receive(req: Request, res: Response): Promise<Job> {
    const place = await queue.reserve()
    try {
      const upload = await receiveUpload(req, res, place.dir, { maxUploadBytes, channels })
      for (const { bytes } of Object.values(upload.scans)) metrics.upload(bytes)
      return queue.submit(place, taskOf(upload))
    } catch (error) {
      await queue.release(place)
      throw error
    }
  }

  /** The job when it is final, or when the caller has waited enough; a caller who goes away cancels it. */
  async function waitFor(job: Job, res: Response, waitMs: number): Promise<Job> {
    const goneAway = new AbortController()
    const onClose = () => goneAway.abort()
    res.once('close', onClose)
    if (res.destroyed) onClose()
    const found = await queue.settled(job.id, AbortSignal.any([goneAway.signal, AbortSignal.timeout(waitMs)]))
    res.off('close', onClose)
    if (goneAway.signal.aborted) await queue.cancel(job.id)
    return found ?? job
  }

  function sendAccepted(res: Response, job: Job): void {
    res.status(202).set('Retry-After', String(POLL_AFTER_S)).json(jobDocument(job))
  }

  function sendLabels(res: Response, job: Job): void {
    if (job.state === 'failed') {
      sendProblem(res, problemOf(job.fault, uriOf(job.id)))
      return
    }
    if (job.state === 'cancelled') throw new FaultError('cancelled', 'the job was cancelled; there is no label map')
    if (job.state !== 'succeeded') {
      res.set('Retry-After', String(POLL_AFTER_S))
      throw new FaultError('not-finished', `the job is ${job.state}; there is no label map yet`)
    }
    const path = queue.labelsPath(job.id)
    setModelHeaders(res, job)
    res.type('application/gzip').attachment('labels.nii.gz')
    res.sendFile(basename(path), {
      root: dirname(path),
      acceptRanges: false,
      cacheControl: false,
      etag: false,
      lastModified: false,
    })
  }

  function setModelHeaders(res: Response, { report }: Extract<Job, { state: 'succeeded' }>): void {
    res.set({ 'X-Model': `${report.model.id}@${report.model.version}`, 'X-Device': report.device })
  }

  function jobOf(req: Request): Job {
    const job = queue.get(String(req.params['id']))
    if (job === undefined) throw new FaultError('not-found', 'there is no such job (any more)')
    return job
  }

  return {
    async post(req, res) {
      const form = answerForm(req)
      const preference = parsePrefer(req.get('prefer'))
      const status = computeStatus()
      if (status.state === 'failed' || status.state === 'stopped') {
        throw new FaultError('not-ready', 'no computation is possible; /readyz says why')
      }
      const accepted = await receive(req, res)
      res.locals['jobId'] = accepted.id
      res.location(uriOf(accepted.id))
      const waitMs = Math.min(preference.waitS === undefined ? syncWaitMs : preference.waitS * 1000, syncWaitMs)
      const job =
        preference.respondAsync && preference.waitS === undefined ? accepted : await waitFor(accepted, res, waitMs)
      const later = job.state === 'queued' || job.state === 'running'
      const applied = preferenceApplied(preference, later)
      if (applied !== undefined) res.set('Preference-Applied', applied)
      if (later) return sendAccepted(res, job)
      if (form === 'labels' || job.state !== 'succeeded') return sendLabels(res, job)
      setModelHeaders(res, job)
      res.json(job.report)
    },
    get(req, res) {
      const job = jobOf(req)
      if (job.state === 'queued' || job.state === 'running') res.set('Retry-After', String(POLL_AFTER_S))
      res.json(jobDocument(job))
    },
    labels(req, res) {
      sendLabels(res, jobOf(req))
    },
    async remove(req, res) {
      const { id, state } = jobOf(req)
      if (state === 'queued' || state === 'running') return sendAccepted(res, (await queue.cancel(id)) ?? jobOf(req))
      await queue.remove(id)
      res.status(204).end()
    },
  }
}

/**
 * From a request's body to a job: a place, the upload, its scans among the blobs, the job in the store. What is refused on
 * the way leaves nothing behind. The job is acknowledged only when scans and record are on the disk.
 */
import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { FAULTS, FaultError } from '../errors.ts'
import type { Peeked } from '../nifti/peek.ts'
import type { OwnerLimits } from '../security/identity.ts'
import { earlierResult } from '../service/earlier-result.ts'
import { bodyHash } from '../service/fingerprint.ts'
import { identify } from '../service/identify.ts'
import type { Place, Places } from '../service/places.ts'
import type { Models } from '../service/served-models.ts'
import type { Blobs } from '../store/blobs.ts'
import { isFinal } from '../store/job.ts'
import type { JobStore, NewJob, StoredJob } from '../store/job-store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/traces.ts'
import { idempotencyKey, wantsFreshResult } from './request-headers.ts'
import { declaredBytes, receiveUpload } from './upload.ts'

export interface IntakeDeps {
  readonly store: JobStore
  readonly blobs: Blobs
  readonly places: Places
  readonly models: Models
  readonly metrics: Metrics
  readonly maxUploadBytes: number
  readonly queueLength: number
  /** Whether earlier results are looked for. */
  readonly cache: boolean
  /** A job with more voxels in one scan is not waited for, unless the caller says how long; 0: none is too large. */
  readonly maxSyncVoxels: number
  /** What the header of a scan says, held to the limits that the computation has. */
  readonly peek: (path: string) => Promise<Peeked>
  readonly isDraining: () => boolean
  readonly tracing: Pick<Tracing, 'startJob'>
  /** A job has ended that no worker had. */
  readonly onEnded: (stored: StoredJob) => void
}

export interface TakenIn {
  readonly stored: StoredJob
  /** Not to be waited for by who has not said how long. */
  readonly isLarge: boolean
}

/** How the caller wants to be answered. */
export interface Answering {
  readonly mode: 'sync' | 'async'
  /** Waits also for what is large. */
  readonly isPatient: boolean
}

interface Accepted extends Pick<NewJob, 'id' | 'traceparent'>, Answering {}

/** Who calls, as authentication left it; everyone is '' where there is none. */
export function ownerOf(res: Response): string {
  return (res.locals['owner'] as string | undefined) ?? ''
}

/** Takes one request in. It throws the FaultErrors of the upload, of the model's choice, of places and of the store. */
export function createIntake(
  deps: IntakeDeps,
): (req: Request, res: Response, answering: Answering) => Promise<TakenIn> {
  const {
    store,
    blobs,
    places,
    models,
    metrics,
    maxUploadBytes,
    queueLength,
    cache,
    maxSyncVoxels,
    peek,
    isDraining,
    tracing,
    onEnded,
  } = deps
  const channels = () => [...new Set(models().flatMap(({ card }) => card.channels.map(({ name }) => name)))]

  async function submit(
    { id, mode, isPatient, traceparent }: Accepted,
    { owner, dir }: Place,
    req: Request,
    res: Response,
  ) {
    const key = idempotencyKey(req)
    const upload = await receiveUpload(req, res, dir, { maxUploadBytes, channels: channels() })
    const files = Object.entries(upload.scans)
    for (const [, { bytes }] of files) metrics.upload(bytes)
    const { asked, resultKey, card, voxels } = await identify(upload, models(), peek)
    const isLookedUp = cache && !wantsFreshResult(req)
    const result = isLookedUp
      ? await earlierResult(store, blobs, { id, owner, resultKey, options: asked.options, card, dir })
      : null
    if (isLookedUp) metrics.cache(result === null ? 'miss' : 'hit')
    const scans = Object.fromEntries(files.map(([channel]) => [channel, `${id}/${channel}.nii`]))
    if (result === null) for (const [channel, { path }] of files) await blobs.put(scans[channel]!, path)
    const isLarge = !isPatient && maxSyncVoxels > 0 && voxels > maxSyncVoxels
    const { modelId, gridChannel, options } = asked
    const job: NewJob = {
      id,
      owner,
      task: { scans, modelId, gridChannel, mode: isLarge ? 'async' : mode, options },
      inputBytes: files.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      cacheKey: resultKey,
      idempotency: key === undefined ? null : { key, bodyHash: bodyHash(asked) },
      traceparent,
      result,
    }
    return { stored: await store.submit(job, limitsOf(res)), isLarge }
  }

  /** A store that was lost in the middle of a submission may have kept the job: its scans stay then. */
  function mayBeKept(id: string): Promise<boolean> {
    return store.get(id).then(
      (stored) => stored !== undefined,
      () => true,
    )
  }

  function limitsOf(res: Response) {
    const { jobs, bytes } = (res.locals['limits'] as OwnerLimits | undefined) ?? {}
    const [perOwnerJobs, perOwnerBytes] = [jobs ?? Number.POSITIVE_INFINITY, bytes ?? Number.POSITIVE_INFINITY]
    return { queued: queueLength, perOwnerJobs, perOwnerBytes }
  }

  async function takeIn(accepted: Accepted, req: Request, res: Response): Promise<TakenIn> {
    // What has begun may end: its job is one for another worker, or for the next start.
    if (isDraining()) throw new FaultError('draining', 'the service is stopping; send the scan again later')
    const { id } = accepted
    const place = await places.reserve(id, ownerOf(res), declaredBytes(req), limitsOf(res))
    let isTaken = false
    try {
      const taken = await submit(accepted, place, req, res)
      isTaken = taken.stored.job.id === id
      if (isTaken && isFinal(taken.stored.job)) onEnded(taken.stored)
      return taken
    } catch (error) {
      isTaken = await mayBeKept(id)
      throw error
    } finally {
      if (!isTaken) await blobs.remove(id)
      await places.release(place)
    }
  }

  return async (req, res, answering) => {
    const span = tracing.startJob(req.get('traceparent'))
    try {
      const taken = await takeIn({ id: randomUUID(), ...answering, traceparent: span.traceparent }, req, res)
      span.end({ jobId: taken.stored.job.id })
      return taken
    } catch (error) {
      const refused = error instanceof FaultError ? error.fault.kind : 'internal'
      span.end({ refused })
      // Nothing is wrong with the request: later it may be taken.
      if (error instanceof FaultError && FAULTS[error.fault.kind].again === 'later') metrics.jobRejected(refused)
      throw error
    }
  }
}

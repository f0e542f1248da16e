/**
 * From a request's body to a job: a place, the upload, its scans among the blobs, the job in the store. What is refused on
 * the way leaves nothing behind. The job is acknowledged only when scans and record are on the disk.
 */
import { randomUUID } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Request, Response } from 'express'
import { FaultError } from '../errors.ts'
import { chooseGridChannel } from '../inference/segment.ts'
import { labelsKeyOf } from '../jobs/attempt.ts'
import type { Blobs } from '../jobs/blobs.ts'
import { bodyHash, cacheKey, type Fingerprinted, sha256OfFile } from '../jobs/fingerprint.ts'
import { isFinal } from '../jobs/job.ts'
import type { JobStore, NewJob, StoredJob, StoredResult } from '../jobs/job-store.ts'
import { type Card, cardSha256 } from '../model/card.ts'
import { chooseModel } from '../model/registry.ts'
import type { OwnerLimits } from '../security/identity.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/traces.ts'
import type { Models } from './models.ts'
import type { Place, Places } from './places.ts'
import { idempotencyKey, wantsFreshResult } from './request-headers.ts'
import { receiveUpload, type Upload } from './upload.ts'
import { SERVICE_VERSION } from './version.ts'

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
  readonly isDraining: () => boolean
  readonly tracing: Pick<Tracing, 'startJob'>
  /** A job has ended that no worker had. */
  readonly onEnded: (stored: StoredJob) => void
}

/** Nothing is wrong with the request: later it may be taken. */
const NO_ROOM: ReadonlySet<string> = new Set(['queue-full', 'too-many-jobs', 'disk-full', 'draining'])

interface Accepted extends Pick<NewJob, 'id' | 'traceparent'> {
  readonly mode: 'sync' | 'async'
}

/** Who calls, as authentication left it; everyone is '' where there is none. */
export function ownerOf(res: Response): string {
  return (res.locals['owner'] as string | undefined) ?? ''
}

/** Takes one request in. It throws the FaultErrors of the upload, of the model's choice, of places and of the store. */
export function createIntake(
  deps: IntakeDeps,
): (req: Request, res: Response, mode: 'sync' | 'async') => Promise<StoredJob> {
  const { store, blobs, places, models, metrics, maxUploadBytes, queueLength, cache, isDraining, tracing, onEnded } =
    deps
  const channels = () => [...new Set(models().flatMap(({ card }) => card.channels.map(({ name }) => name)))]

  function requireAccepting(): void {
    if (isDraining()) throw new FaultError('draining', 'the service is stopping; send the scan again later')
  }

  /** Checked against the card now, so that what cannot run is refused before it waits its turn. */
  async function identify({
    scans,
    model,
    grid,
  }: Upload): Promise<{ asked: Fingerprinted; resultKey: string; card: Card }> {
    const { card } = chooseModel(models(), model)
    const gridChannel = chooseGridChannel(Object.keys(scans), card, grid)
    const hashes: Record<string, string> = {}
    for (const [channel, { path }] of Object.entries(scans)) hashes[channel] = await sha256OfFile(path)
    const asked = { scans: hashes, modelId: card.id, gridChannel, options: {} }
    return { asked, resultKey: cacheKey(asked, cardSha256(card), SERVICE_VERSION), card }
  }

  /** An earlier result, its label map copied: each job owns its files. */
  async function earlierResult(
    id: string,
    owner: string,
    resultKey: string,
    card: Card,
    dir: string,
  ): Promise<StoredResult | null> {
    const found = await store.findResult(owner, resultKey)
    if (found?.job.state !== 'succeeded' || found.labelsKey === null) return null
    // A job that waited while the models were reloaded was asked of one model and done by another.
    const { version, sha256 } = found.job.report.model
    if (version !== card.version || sha256 !== card.weights.sha256) return null
    try {
      const copy = join(dir, 'labels')
      await copyFile(await blobs.fetch(found.labelsKey, dir), copy)
      const labelsKey = labelsKeyOf({ id, token: 0 })
      await blobs.put(labelsKey, copy)
      return { report: found.job.report, labelsKey }
    } catch (error) {
      const isGone = error instanceof FaultError && error.fault.kind === 'blob-missing'
      if (isGone || (error as NodeJS.ErrnoException).code === 'ENOENT') return null // swept at this moment
      throw error
    }
  }

  async function submit({ id, mode, traceparent }: Accepted, { owner, dir }: Place, req: Request, res: Response) {
    const key = idempotencyKey(req)
    const upload = await receiveUpload(req, res, dir, { maxUploadBytes, channels: channels() })
    const files = Object.entries(upload.scans)
    for (const [, { bytes }] of files) metrics.upload(bytes)
    const { asked, resultKey, card } = await identify(upload)
    const isLookedUp = cache && !wantsFreshResult(req)
    const result = isLookedUp ? await earlierResult(id, owner, resultKey, card, dir) : null
    if (isLookedUp) metrics.cache(result === null ? 'miss' : 'hit')
    const scans = Object.fromEntries(files.map(([channel]) => [channel, `${id}/${channel}.nii`]))
    if (result === null) for (const [channel, { path }] of files) await blobs.put(scans[channel]!, path)
    const { modelId, gridChannel, options } = asked
    const job: NewJob = {
      id,
      owner,
      task: { scans, modelId, gridChannel, mode, options },
      inputBytes: files.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      cacheKey: resultKey,
      idempotency: key === undefined ? null : { key, bodyHash: bodyHash(asked) },
      traceparent,
      result,
    }
    requireAccepting()
    return store.submit(job, limitsOf(res))
  }

  function limitsOf(res: Response) {
    const { jobs, bytes } = (res.locals['limits'] as OwnerLimits | undefined) ?? {}
    const [perOwnerJobs, perOwnerBytes] = [jobs ?? Number.POSITIVE_INFINITY, bytes ?? Number.POSITIVE_INFINITY]
    return { queued: queueLength, perOwnerJobs, perOwnerBytes }
  }

  async function takeIn(accepted: Accepted, req: Request, res: Response): Promise<StoredJob> {
    requireAccepting()
    const { id } = accepted
    const place = await places.reserve(id, ownerOf(res), limitsOf(res))
    let isTaken = false
    try {
      const stored = await submit(accepted, place, req, res)
      isTaken = stored.job.id === id
      if (isTaken && isFinal(stored.job)) onEnded(stored)
      return stored
    } finally {
      if (!isTaken) await blobs.remove(id)
      await places.release(place)
    }
  }

  return async (req, res, mode) => {
    const span = tracing.startJob(req.get('traceparent'))
    try {
      const stored = await takeIn({ id: randomUUID(), mode, traceparent: span.traceparent }, req, res)
      span.end({ jobId: stored.job.id })
      return stored
    } catch (error) {
      const refused = error instanceof FaultError ? error.fault.kind : 'internal'
      span.end({ refused })
      if (NO_ROOM.has(refused)) metrics.jobRejected(refused)
      throw error
    }
  }
}

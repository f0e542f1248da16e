/**
 * From scans on the disk to a job: whoever brings them (the API, later a PACS). What is refused on the way leaves nothing
 * behind. A job is acknowledged only when scans and record are on the disk.
 */
import { randomUUID } from 'node:crypto'
import { FAULTS, FaultError } from '../errors.ts'
import { chooseModel } from '../model/registry.ts'
import type { OwnerLimits } from '../security/identity.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Changed, NewJob } from '../store/job-store.ts'
import type { SubmitLimits } from '../store/limits.ts'
import type { Store } from '../store/store.ts'
import type { StoredTask } from '../store/task.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/traces.ts'
import { datedStudies } from './dated-studies.ts'
import { earlierResult } from './earlier-result.ts'
import { bodyHash } from './fingerprint.ts'
import { removalOf } from './follow-ups.ts'
import { identify, type Peek, type Received } from './identify.ts'
import type { OnEnded } from './job-ends.ts'
import type { Places } from './places.ts'
import type { Models } from './served-models.ts'
import type { StudyInput, StudyScans } from './study-scans.ts'
import type { Submission } from './submission.ts'

export interface SubmitDeps {
  readonly store: Store
  readonly blobs: Blobs
  readonly places: Places
  readonly models: Models
  readonly metrics: Metrics
  readonly queueLength: number
  /** Whether earlier results are looked for. */
  readonly cache: boolean
  /** A job with more voxels in one scan is not waited for, unless the caller says how long; 0: none is too large. */
  readonly maxSyncVoxels: number
  readonly peek: Peek
  readonly scansOfStudy: (study: Pick<StudyInput, 'paths' | 'channels' | 'dir'>) => Promise<StudyScans>
  /** Whether the operator has a URL that hears of every end. */
  readonly hasWebhook: boolean
  readonly isDraining: () => boolean
  readonly tracing: Pick<Tracing, 'startJob'>
  /** A job has ended that no worker had. */
  readonly onEnded: OnEnded
  readonly log: Pick<Log, 'error'>
}

export interface Submitted {
  readonly stored: Changed
  /** Not to be waited for by who has not said how long. */
  readonly isLarge: boolean
}

/** It throws the FaultErrors of `receive`, of the model's choice, of places and of the store, and `draining`. */
export type SubmitScans = (submission: Submission) => Promise<Submitted>

export function createSubmit(deps: SubmitDeps): SubmitScans {
  const { store, blobs, places, models, metrics, cache, maxSyncVoxels, peek, scansOfStudy, tracing, log } = deps

  /** @param onPut called when files of this job may lie among the blobs */
  async function submit(
    id: string,
    dir: string,
    traceparent: string | null,
    submission: Submission,
    onPut: () => void,
  ): Promise<Submitted> {
    const { owner, limits, idempotencyKey: key, isFresh, origin, receive } = submission
    const received = await withScans(await receive(dir), dir)
    const files = Object.entries(received.scans)
    for (const [, { bytes }] of files) metrics.upload(bytes)
    const { asked, resultKey, card, voxels } = await identify(received, models(), peek)
    onPut()
    const isLookedUp = cache && !isFresh
    const result = isLookedUp
      ? await earlierResult(store, blobs, { id, owner, resultKey, options: asked.options, card, dir })
      : null
    if (isLookedUp) metrics.cache(result === null ? 'miss' : 'hit')
    const scans = Object.fromEntries(files.map(([channel]) => [channel, `${id}/${channel}.nii`]))
    const { kind, name, cohort, callback, objects, keepsScans } = received
    if (result === null || keepsScans) {
      for (const [channel, { path, sha256 }] of files) await blobs.put(scans[channel]!, path, { sha256 })
    }
    const isLarge = !origin.isPatient && maxSyncVoxels > 0 && voxels > maxSyncVoxels
    const task: StoredTask = {
      ...(kind !== undefined && { kind }),
      scans,
      sha256: asked.scans,
      modelId: asked.modelId,
      modelSha256: card.weights.sha256,
      ...(kind === undefined && { gridChannel: asked.gridChannel }),
      mode: isLarge ? 'async' : origin.mode,
      options: asked.options,
      ...(deps.hasWebhook && { isToldToOperator: true }),
      ...(name !== undefined && { name }),
      ...(cohort !== undefined && { cohort }),
      ...(callback !== undefined && { callback }),
      ...(objects !== undefined && { objects }),
      ...(keepsScans && { keepsScans }),
      ...(origin.requestId !== undefined && { requestId: origin.requestId }),
      ...(origin.studyId !== undefined && { studyId: origin.studyId }),
    }
    const told = { name, callback, cohort, keep: keepsScans && 'scans' }
    const job: NewJob = {
      id,
      owner,
      task,
      inputBytes: files.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      cacheKey: resultKey,
      idempotency: key === undefined ? null : { key, bodyHash: bodyHash(asked, told) },
      traceparent,
      result,
    }
    return { stored: await store.submit(job, limitsOf(limits)), isLarge }
  }

  async function withScans(received: Received, dir: string): Promise<Received> {
    const { kind, study, model, scans } = received
    if (kind === undefined && study === undefined) return received
    const { card } = chooseModel(models(), model)
    const channels = card.channels.map(({ name }) => name)
    if (study === undefined) return { ...received, scans: await datedStudies(scans, { channels, dir }, scansOfStudy) }
    return { ...received, scans: await scansOfStudy({ paths: study, channels, dir }) }
  }

  function limitsOf({ jobs, bytes }: OwnerLimits): SubmitLimits {
    const [perOwnerJobs, perOwnerBytes] = [jobs ?? Number.POSITIVE_INFINITY, bytes ?? Number.POSITIVE_INFINITY]
    return { queued: deps.queueLength, perOwnerJobs, perOwnerBytes }
  }

  /** A store that was lost in the middle of a submission may have kept the job: its scans stay then. */
  function mayBeKept(id: string): Promise<boolean> {
    return store.get(id).then(
      (stored) => stored !== undefined,
      () => true,
    )
  }

  async function takeIn(id: string, traceparent: string | null, submission: Submission): Promise<Submitted> {
    // What has begun may end: its job is one for another worker, or for the next start.
    if (deps.isDraining()) throw new FaultError('draining', 'the service is stopping; send the scan again later')
    const { owner, declaredBytes, limits } = submission
    const place = await places.reserve(id, owner, declaredBytes, limitsOf(limits))
    let [isTaken, isPut] = [false, false]
    const onPut = () => {
      isPut = true
    }
    try {
      const submitted = await submit(id, place.dir, traceparent, submission, onPut)
      isTaken = submitted.stored.job.id === id
      if (submitted.stored.hasEnded) deps.onEnded(submitted.stored)
      return submitted
    } catch (error) {
      isTaken = await mayBeKept(id)
      throw error
    } finally {
      await places.release(place)
      if (!isTaken && isPut) await drop(id)
    }
  }

  /** By an effect, because blobs may be away; where the store is as well, the sweep finds what nobody can ask for. */
  function drop(id: string): Promise<void> {
    return store.effects.post([removalOf(id, 'refused')]).catch((error: unknown) => {
      log.error({ jobId: id, err: error }, 'the scans of a refused request cannot be removed yet')
    })
  }

  return async (submission) => {
    const span = tracing.startJob(submission.origin.traceparent)
    try {
      const submitted = await takeIn(randomUUID(), span.traceparent, submission)
      span.end({ jobId: submitted.stored.job.id })
      return submitted
    } catch (error) {
      const refused = error instanceof FaultError ? error.fault.kind : 'internal'
      span.end({ refused })
      // Nothing is wrong with the request: later it may be taken.
      if (error instanceof FaultError && FAULTS[error.fault.kind].again === 'later') metrics.jobRejected(refused)
      throw error
    }
  }
}

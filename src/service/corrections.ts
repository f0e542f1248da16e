/**
 * Label maps that a person corrected. The corrected map lies beside the network's own, which stays as it is, among the blobs of
 * the job, and goes with it; the report counted anew is in the job's row. Each change is a line in the audit.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { FaultError } from '../errors.ts'
import type { Report } from '../inference/report.ts'
import type { Card } from '../model/card.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import type { EventRecord } from '../security/audit.ts'
import { asDiskFull, type Blobs } from '../store/blobs.ts'
import type { Correction } from '../store/correction.ts'
import type { NewEffect } from '../store/effect-store.ts'
import type { StoredJob } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'
import type { Aside } from './aside.ts'
import { noRoomBecause } from './disk-room.ts'
import { segmentationReport } from './segmentation-report.ts'
import type { Models } from './served-models.ts'

export interface Corrections {
  /**
   * @param stored a job that succeeded
   * @param receive puts the person's file at the path
   * @returns the job as it is now
   * @throws FaultError of `receive`; those of recountFiles(); disk-full, queue-full, unknown-model, not-found where the job went
   */
  put(stored: StoredJob, receive: (path: string) => Promise<unknown>): Promise<StoredJob & Corrected>
  /** @throws FaultError not-found where the job went */
  remove(stored: StoredJob): Promise<void>
}

export interface Corrected {
  readonly correction: Correction
}

export interface CorrectionsDeps {
  readonly store: Pick<Store, 'correct'>
  readonly blobs: Pick<Blobs, 'fetch' | 'put' | 'remove'>
  readonly models: Models
  readonly aside: Aside
  readonly incomingDir: string
  readonly limits: NiftiLimits
  readonly config: Pick<Config, 'minFreeBytes'>
}

export function createCorrections(deps: CorrectionsDeps): Corrections {
  const { store, blobs, models, aside, incomingDir, limits, config } = deps

  async function recount(stored: StoredJob, report: Report, dir: string): Promise<Correction> {
    const card = cardOf(models, report)
    const outPath = join(dir, 'corrected.nii.gz')
    const labelsPath = await blobs.fetch(stored.labelsKey ?? '', dir)
    const correctedPath = join(dir, 'corrected.upload')
    const counted = await aside.recount({ correctedPath, labelsPath, report, card, outPath, limits })
    const key = `${stored.job.id}/corrected-${randomUUID()}.nii.gz`
    await blobs.put(key, outPath, { sha256: counted.sha256 })
    return { key, atMs: Date.now(), ...counted }
  }

  return {
    async put(stored, receive) {
      const { job } = stored
      if (job.state !== 'succeeded') throw new Error('only the map of a job that succeeded is corrected')
      const report = segmentationReport(job)
      cardOf(models, report) // before anything is sent
      const noRoom = await noRoomBecause(incomingDir, config.minFreeBytes)
      if (noRoom !== null) throw new FaultError('disk-full', `${noRoom}; try later`)
      const dir = join(incomingDir, randomUUID())
      await mkdir(dir, { mode: 0o700 })
      try {
        await receive(join(dir, 'corrected.upload'))
        const correction = await recount(stored, report, dir)
        const now = await store.correct(job.id, correction, (earlier) => followUps(stored, correction, earlier))
        if (now !== undefined) return { ...now, correction }
        await blobs.remove(correction.key)
        throw gone()
      } catch (error) {
        throw asDiskFull(error)
      } finally {
        // What is left the sweep of old uploads removes.
        await rm(dir, { recursive: true, force: true }).catch(() => {})
      }
    },
    async remove(stored) {
      const now = await store.correct(stored.job.id, null, (earlier) => followUps(stored, null, earlier))
      if (now === undefined) throw gone()
    },
  }
}

const gone = () => new FaultError('not-found', 'there is no such job (any more)')

/** @throws FaultError unknown-model: which labels there are, and which of them are lesions, only its card says */
function cardOf(models: Models, { model }: Report): Card {
  const found = models().find(({ card }) => card.id === model.id && card.weights.sha256 === model.sha256)
  if (found !== undefined) return found.card
  throw new FaultError(
    'unknown-model',
    `the model that made the map, ${model.id}@${model.version}, is not served any more`,
  )
}

/** A line in the audit, and the removal of the map that was there before. */
function followUps(
  { job, owner }: StoredJob,
  correction: Correction | null,
  earlier: Correction | null,
): readonly NewEffect[] {
  const told = correction ?? earlier
  if (told === null) return []
  const record: EventRecord = {
    event: correction === null ? 'correction-removed' : 'corrected',
    time: new Date(correction?.atMs ?? Date.now()).toISOString(),
    owner: owner === '' ? 'anonymous' : owner,
    jobId: job.id,
    map: told.sha256,
  }
  const key = `${record.event}_${told.key}`
  const audited: NewEffect = { jobId: job.id, kind: 'audit', target: 'audit', key: `audit_${key}`, body: record }
  const removed = (before: Correction): NewEffect => {
    const body = { remove: [before.key] }
    return { jobId: job.id, kind: 'blobs', target: 'blobs', key: `blobs_${before.key}`, body }
  }
  return [audited, ...(earlier === null ? [] : [removed(earlier)])]
}

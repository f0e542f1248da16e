/** The scans of a job that asked to keep them, as NIfTI: to be looked at again, and for a training case. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import type { NiftiLimits } from '../nifti/limits.ts'
import type { Blobs } from '../store/blobs.ts'
import type { StoredJob } from '../store/job-store.ts'
import { optionsOf } from '../store/options.ts'
import type { Aside } from './aside.ts'

export interface ScansOfJob {
  /**
   * Written into `dir`, which is the caller's. @returns its path
   * @throws FaultError not-asked, not-found for a channel that was not sent, blob-missing, queue-full, disk-full
   */
  asNifti(stored: StoredJob, channel: string, dir: string): Promise<string>
  /** As Blobs.fetch(). */
  fetch(key: string, dir: string): Promise<string>
}

export function scansOfJob(blobs: Pick<Blobs, 'fetch'>, aside: Aside, limits: NiftiLimits): ScansOfJob {
  return {
    async asNifti({ task }, channel, dir) {
      requireKept(task)
      const key = Object.hasOwn(task.scans, channel) ? task.scans[channel] : undefined
      if (key === undefined) {
        const sent = Object.keys(task.scans).join(', ')
        throw new FaultError('not-found', `no scan was sent for that channel; there are ${sent}`)
      }
      const { affine } = optionsOf(task.options)
      const outPath = join(dir, `${randomUUID()}.nii.gz`)
      await aside.writeScan({ path: await blobs.fetch(key, dir), outPath, limits, ...(affine && { affine }) })
      return outPath
    },
    fetch: (key, dir) => blobs.fetch(key, dir),
  }
}

/** @throws FaultError not-asked */
export function requireKept({ keepsScans }: StoredJob['task']): void {
  if (keepsScans) return
  throw new FaultError('not-asked', 'the scans of this job were not kept; send them again with keep=scans')
}

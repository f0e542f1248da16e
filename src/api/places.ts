/**
 * Places in the queue that uploads hold while they arrive, so that a full service says so before it has received a
 * gigabyte. Uploads are counted in this process; the store has the last word when the job is submitted.
 */
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import { asDiskFull } from '../jobs/blobs.ts'
import type { JobStore, SubmitLimits } from '../jobs/job-store.ts'
import { requireRoom } from '../jobs/limits.ts'

export interface Place {
  readonly owner: string
  /** For the upload alone. */
  readonly dir: string
}

export interface Places {
  /** @throws FaultError queue-full, too-many-jobs, disk-full */
  reserve(id: string, owner: string, limits: SubmitLimits): Promise<Place>
  /** Gives the place back and removes what is left of the upload. */
  release(place: Place): Promise<void>
}

export interface PlacesOptions {
  readonly store: Pick<JobStore, 'counts' | 'usage'>
  readonly incomingDir: string
  /** Less room on the disk, and no upload begins. */
  readonly minFreeBytes: number
}

export function createPlaces({ store, incomingDir, minFreeBytes }: PlacesOptions): Places {
  const held = new Set<Place>()

  async function requireDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(incomingDir)
    const free = bavail * bsize
    if (free >= minFreeBytes) return
    throw new FaultError('disk-full', `${free} bytes are free, uploads need ${minFreeBytes}; try later`)
  }

  return {
    async reserve(id, owner, limits) {
      const place = { owner, dir: join(incomingDir, id) }
      held.add(place)
      try {
        const [{ queued }, usage] = await Promise.all([store.counts(), store.usage(owner), requireDisk()])
        const others = [...held].filter((one) => one !== place)
        const jobs = usage.jobs + others.filter((one) => one.owner === owner).length
        requireRoom(queued + others.length, { ...usage, jobs }, 0, limits)
        await mkdir(place.dir, { mode: 0o700 })
      } catch (error) {
        held.delete(place)
        throw asDiskFull(error)
      }
      return place
    },
    async release(place) {
      held.delete(place)
      await rm(place.dir, { recursive: true, force: true })
    },
  }
}

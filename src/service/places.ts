/**
 * Places in the queue that uploads hold while they arrive, so that a full service says so before it has received a
 * gigabyte. Uploads are counted in this process; the store has the last word when the job is submitted.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultError } from '../errors.ts'
import { asDiskFull } from '../store/blobs.ts'
import type { JobStore } from '../store/job-store.ts'
import type { SubmitLimits } from '../store/limits.ts'
import { requireRoom } from '../store/limits.ts'
import { noRoomBecause } from './disk-room.ts'

export interface Place {
  readonly owner: string
  /** The size of the scans that will come, as far as it is known before they have. */
  readonly declaredBytes: number
  /** For the upload alone. */
  readonly dir: string
}

export interface Places {
  /**
   * @param declaredBytes that the upload has at least; 0 where it does not say
   * @throws FaultError upload-too-large, queue-full, too-many-jobs, disk-full
   */
  reserve(id: string, owner: string, declaredBytes: number, limits: SubmitLimits): Promise<Place>
  /** Gives the place back and removes what is left of the upload. */
  release(place: Place): Promise<void>
  /** Resolves when no upload is under way, but at the latest after this time. */
  settled(withinMs: number): Promise<void>
}

export interface PlacesOptions {
  readonly store: Pick<JobStore, 'counts' | 'usage'>
  readonly incomingDir: string
  /** Less room on the disk, and no upload begins. */
  readonly minFreeBytes: number
}

export function createPlaces({ store, incomingDir, minFreeBytes }: PlacesOptions): Places {
  const held = new Set<Place>()
  let onNoneHeld = () => {}

  function giveBack(place: Place): void {
    held.delete(place)
    if (held.size === 0) onNoneHeld()
  }

  async function requireDisk(): Promise<void> {
    const reason = await noRoomBecause(incomingDir, minFreeBytes)
    if (reason !== null) throw new FaultError('disk-full', `${reason}; try later`)
  }

  return {
    async reserve(id, owner, declaredBytes, limits) {
      const place = { owner, declaredBytes, dir: join(incomingDir, id) }
      held.add(place)
      try {
        const [{ queued }, usage] = await Promise.all([store.counts(), store.usage(owner), requireDisk()])
        const others = [...held].filter((one) => one !== place)
        const theirs = others.filter((one) => one.owner === owner)
        const jobs = usage.jobs + theirs.length
        const bytes = theirs.reduce((sum, one) => sum + one.declaredBytes, usage.bytes)
        requireRoom(queued + others.length, { jobs, bytes }, declaredBytes, limits)
        await mkdir(place.dir, { mode: 0o700 })
      } catch (error) {
        giveBack(place)
        throw asDiskFull(error)
      }
      return place
    },
    async release(place) {
      giveBack(place)
      // What is left the sweep of old uploads removes.
      await rm(place.dir, { recursive: true, force: true }).catch(() => {})
    },
    async settled(withinMs) {
      if (held.size === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, withinMs)
      onNoneHeld = resolve
      await promise
      clearTimeout(timer)
    },
  }
}

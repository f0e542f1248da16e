/** Forgets what was kept long enough, and what nobody can ask for. */
import type { Blobs } from '../store/blobs.ts'
import type { JobStore } from '../store/job-store.ts'

/**
 * Files first: what is cut off between the two is found again by its record.
 * @param keepResultsMs how long a job is kept after its end
 */
export async function sweep(
  store: Pick<JobStore, 'expired' | 'forget'>,
  blobs: Pick<Blobs, 'remove'>,
  keepResultsMs: number,
): Promise<void> {
  for (const id of await store.expired(keepResultsMs)) {
    await blobs.remove(id)
    await store.forget(id)
  }
}

/**
 * Removes scans whose job never came to be: the process was killed between the two. @returns of how many jobs
 * @param olderThanMs longer than any upload takes
 */
export async function removeOrphans(
  store: Pick<JobStore, 'get'>,
  blobs: Pick<Blobs, 'remove' | 'untouched'>,
  olderThanMs: number,
): Promise<number> {
  let removed = 0
  for (const id of (await blobs.untouched?.(olderThanMs)) ?? []) {
    if ((await store.get(id)) !== undefined) continue
    await blobs.remove(id)
    removed++
  }
  return removed
}

/** Forgets what was kept long enough. */
import type { Blobs } from '../jobs/blobs.ts'
import type { JobStore } from '../jobs/job-store.ts'

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

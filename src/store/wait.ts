/** Waiting for something to become true of a job: told by the store, and looking for itself once a second as well. */
import { createBell } from './bell.ts'
import type { JobStore, StoredJob } from './job-store.ts'

/** Changes made by other processes may not be told (job-store.ts). */
const LOOK_EVERY_MS = 1_000

/**
 * The job once `isEnough` says so, or as it stands when the signal aborts; undefined when it is gone. `isEnough` is asked
 * again whenever something happened to the job.
 */
export async function waitForJob(
  store: Pick<JobStore, 'get' | 'onChange'>,
  id: string,
  isEnough: (stored: StoredJob) => boolean,
  signal: AbortSignal,
): Promise<StoredJob | undefined> {
  const bell = createBell()
  const unsubscribe = store.onChange((changed) => changed === id && bell.ring())
  signal.addEventListener('abort', bell.ring)
  try {
    for (;;) {
      const stored = await store.get(id)
      if (stored === undefined || signal.aborted || isEnough(stored)) return stored
      await bell.waitFor(LOOK_EVERY_MS)
    }
  } finally {
    signal.removeEventListener('abort', bell.ring)
    unsubscribe()
  }
}

/** Forgets what was kept long enough, and what nobody can ask for: jobs, uploads and work of processes that died. */
import type { Config } from '../config.ts'
import type { Blobs } from '../store/blobs.ts'
import type { JobStore } from '../store/job-store.ts'
import type { Store } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import { removeOlder } from './leftovers.ts'

/** For somebody to see why, and to have them tried again. */
const KEEP_DEAD_MS = 7 * 86_400_000

/**
 * @param keepResultsMs how long a job is kept after its end, longer where objects of it are to be delivered or were given up; its
 * files go by an effect of the store
 */
export async function sweep(
  store: Pick<Store, 'expired' | 'forget' | 'effects'>,
  keepResultsMs: number,
): Promise<void> {
  for (const id of await store.expired(keepResultsMs, KEEP_DEAD_MS)) await store.forget(id)
  await store.effects.dropOld(keepResultsMs, Math.max(keepResultsMs, KEEP_DEAD_MS))
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

const SWEEP_EVERY_MS = 30_000
const SWEEP_UPLOADS_EVERY_MS = 3_600_000

export interface SweepDeps {
  readonly store: Store
  readonly blobs: Blobs
  readonly config: Pick<Config, 'role' | 'keepResultsMs' | 'uploadTimeoutMs' | 'jobTimeoutMs'>
  readonly incomingDir: string
  readonly workDir: string
  readonly log: Pick<Log, 'error'>
}

/** From now on. @returns how to stop */
export function startSweeps({ store, blobs, config, incomingDir, workDir, log }: SweepDeps): () => void {
  const { role, keepResultsMs, uploadTimeoutMs, jobTimeoutMs } = config
  const said = (what: string) => (error: unknown) => log.error({ err: error }, what)
  /** Removes uploads left by processes that died: at a start that follows at once they are still too young. */
  function removeLeftUploads(): void {
    removeOlder(incomingDir, uploadTimeoutMs, Date.now()).catch(said('leftovers'))
    removeOrphans(store, blobs, 2 * uploadTimeoutMs).catch(said('leftovers'))
  }
  removeOlder(workDir, 2 * jobTimeoutMs, Date.now()).catch(said('leftovers'))
  removeLeftUploads()
  const timers = [setInterval(removeLeftUploads, SWEEP_UPLOADS_EVERY_MS).unref()]
  if (role !== 'worker') {
    timers.push(setInterval(() => sweep(store, keepResultsMs).catch(said('sweep')), SWEEP_EVERY_MS).unref())
  }
  return () => timers.forEach(clearInterval)
}

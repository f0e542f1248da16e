/**
 * Keeps a claim alive while its segmentation runs in another process: a heartbeat every third of the lease, sooner where
 * there is progress to tell. It lives in the parent, whose event loop is never blocked by a run of the network.
 */
import type { Progress } from '../inference/progress.ts'
import type { Claim, JobStore } from '../store/job-store.ts'
import type { Log } from '../telemetry/log.ts'
import { namesOf } from './job-ends.ts'

/** Progress is written at most so often: each is a transaction. */
const PROGRESS_EVERY_MS = 500

export interface Lease {
  /** Told at once, or soon where another was told just now; of several in between only the last. */
  note(progress: Progress): void
  /** Something happened to the job: asks at once whether it is to be cancelled. */
  look(): void
  /** No further heartbeats. */
  release(): void
}

export interface LeaseOptions {
  readonly store: Pick<JobStore, 'heartbeat' | 'get'>
  readonly claim: Claim
  readonly leaseMs: number
  /** Called once, when the work is for nothing. */
  readonly onStop: (why: 'cancel' | 'lost') => void
  readonly log: Pick<Log, 'warn'>
}

/**
 * A store that does not answer is asked again: whether the lease has run out is its word, and whatever this worker says
 * too late is refused.
 */
export function keepLease({ store, claim, leaseMs, onStop, log }: LeaseOptions): Lease {
  const renewEveryMs = leaseMs / 3
  let renewedAtMs = performance.now()
  let toldAtMs = Number.NEGATIVE_INFINITY
  let latest: Progress | null = null
  let isBeating = false
  let isOver = false
  const timer = setInterval(() => void beat(), Math.min(PROGRESS_EVERY_MS, renewEveryMs))

  function stop(why: 'cancel' | 'lost'): void {
    if (isOver) return
    release()
    onStop(why)
  }

  function release(): void {
    isOver = true
    clearInterval(timer)
  }

  async function beat(): Promise<void> {
    const startedMs = performance.now()
    const isDue = latest === null ? startedMs - renewedAtMs >= renewEveryMs : startedMs - toldAtMs >= PROGRESS_EVERY_MS
    if (isBeating || isOver || !isDue) return
    isBeating = true
    const progress = latest
    if (progress !== null) toldAtMs = startedMs
    latest = null
    try {
      const answer = await store.heartbeat(claim, leaseMs, progress)
      renewedAtMs = startedMs
      if (answer !== 'held') stop(answer)
    } catch (error) {
      log.warn({ ...namesOf(claim), err: error }, 'a heartbeat did not get through')
    } finally {
      isBeating = false
    }
  }

  return {
    note({ patchSeconds: _, ...progress }) {
      latest = progress
      void beat()
    },
    look() {
      store.get(claim.id).then(
        (stored) => {
          if (stored === undefined || stored.attempt !== claim.token) stop('lost')
          else if (stored.cancelRequested) stop('cancel')
        },
        () => {}, // the next heartbeat asks again
      )
    },
    release,
  }
}

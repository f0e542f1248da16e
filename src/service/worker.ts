/**
 * Takes jobs out of the store, one at a time, and brings their ends back. One attempt is: claim, keep the lease, compute in
 * the child, put the label map among the blobs, settle. What the store refuses because the claim is no longer good is
 * dropped. Whatever this process does not get to say, reap() of another worker (or of the next start) makes good.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FAULTS, FaultError } from '../errors.ts'
import { createBell } from '../store/bell.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Claim, JobStore, StoredJob } from '../store/job-store.ts'
import type { Log } from '../telemetry/log.ts'
import { attempt, type Outcome, type StopReason } from './attempt.ts'
import { namesOf } from './job-ends.ts'
import { keepLease, type Lease } from './lease.ts'
import { labelsKeyOf, resultKeysOf } from './result-keys.ts'
import type { Compare, Run } from './work.ts'

export interface WorkerOptions {
  readonly store: JobStore
  readonly blobs: Blobs
  /** For this worker alone. */
  readonly workDir: string
  readonly workerId: string
  readonly leaseMs: number
  /** Whether a job that is claimed now can be computed now. */
  readonly canWork: () => boolean
  readonly run: Run
  readonly compare: Compare
  readonly onClaimed?: (claim: Claim) => void
  /** A job has ended here; `error` is what was thrown, if anything. */
  readonly onEnded: (stored: StoredJob, error: unknown) => void
  /** A job went back into the queue. */
  readonly onGivenBack?: (claim: Claim, why: 'drain' | 'killed', error: unknown) => void
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

export interface Worker {
  /** Jobs being computed here: 0 or 1. */
  running(): number
  /** No further job; the running one may finish within the grace, else it is given back. Resolves when none runs. */
  drain(graceMs: number): Promise<void>
}

/** How often to look for work without being told of any, and for workers that were lost. */
const TICK_MS = 1_000
/** Before the next try where blobs or computation were out of reach. */
const AWAY_MS = 5_000
/** How long a worker that drains goes on trying to tell an end to a store that does not answer. */
const LAST_WORDS_MS = 5_000
/** How often the store may refuse one end with errors that do not pass by themselves. */
const MOST_REFUSALS = 5

/** Looks for work at once, and from then on until it is drained. */
export function startWorker(options: WorkerOptions): Worker {
  const { store, blobs, workDir, workerId, leaseMs, canWork, run, compare, onClaimed, onEnded, onGivenBack, log } =
    options
  const bell = createBell()
  let current: { readonly id: string; readonly lease: Lease; readonly stop: AbortController } | undefined
  let drainedAtMs = Number.POSITIVE_INFINITY
  let awayUntilMs = Number.NEGATIVE_INFINITY
  let reapedAtMs = Number.NEGATIVE_INFINITY
  const isDraining = () => performance.now() >= drainedAtMs
  const unsubscribe = [
    store.onChange((id) => {
      if (current?.id === id) current.lease.look()
    }),
    store.onWork(bell.ring),
  ]
  const over = loop()

  async function loop(): Promise<void> {
    while (!isDraining()) {
      let claim: Claim | undefined
      try {
        await reap()
        const isAway = performance.now() < awayUntilMs || !canWork()
        claim = isAway || isDraining() ? undefined : await store.claim(workerId, leaseMs)
        if (claim !== undefined) await work(claim)
      } catch (error) {
        log.warn({ err: error }, 'the job store does not answer, or does not take what it is told')
      }
      if (claim === undefined && !isDraining()) await bell.waitFor(TICK_MS)
    }
    for (const stop of unsubscribe) stop()
  }

  async function reap(): Promise<void> {
    if (performance.now() - reapedAtMs < TICK_MS) return
    reapedAtMs = performance.now()
    for (const stored of await store.reap()) onEnded(stored, undefined)
  }

  async function work(claim: Claim): Promise<void> {
    onClaimed?.(claim)
    const stop = new AbortController()
    const halt = (why: StopReason) => stop.abort(why)
    const lease = keepLease({ store, claim, leaseMs, onStop: halt, log })
    current = { id: claim.id, lease, stop }
    if (isDraining()) halt('drain')
    const dir = join(workDir, claim.id)
    try {
      const outcome = await attempt(
        claim,
        { blobs, run, compare, dir, log },
        { signal: stop.signal, onProgress: lease.note },
      )
      await tell(claim, outcome)
      if (outcome.type === 'give-back' && outcome.away) awayUntilMs = performance.now() + AWAY_MS
    } finally {
      lease.release()
      current = undefined
      await tryTo('remove a work folder', () => rm(dir, { recursive: true, force: true }))
    }
  }

  async function tell(claim: Claim, outcome: Outcome): Promise<void> {
    if (outcome.type === 'settle') {
      const changed = await insist(() => store.settle(claim, outcome.settlement))
      if (changed !== undefined) return onEnded(changed, outcome.error)
    }
    if (outcome.type === 'give-back') {
      const { why, error } = outcome
      const changed = await insist(() => store.giveBack(claim, why))
      if (changed?.hasEnded) return onEnded(changed, error)
      if (changed !== undefined) {
        log.warn({ ...namesOf(claim), attempt: claim.token, why, err: error }, 'a job waits again')
        return onGivenBack?.(claim, why, error)
      }
    }
    log.warn({ ...namesOf(claim), attempt: claim.token }, 'a job was taken back; what was computed is dropped')
    for (const key of resultKeysOf(labelsKeyOf(claim), claim.task))
      await tryTo('remove a result', () => blobs.remove(key))
  }

  /**
   * Until the store has answered: the work is done, and there is no other until it does. A store that answers with an error
   * that will not pass is asked a few times more; then the job is let go, and reap() of whoever comes next counts it as lost.
   */
  async function insist<T>(ask: () => Promise<T>): Promise<T> {
    const beganMs = performance.now()
    for (let refusals = 0; ; ) {
      try {
        return await ask()
      } catch (error) {
        const isPassing = error instanceof FaultError && FAULTS[error.fault.kind].again === 'later'
        if (!isPassing) refusals++
        if (refusals === MOST_REFUSALS || performance.now() >= Math.max(drainedAtMs, beganMs) + LAST_WORDS_MS)
          throw error
        log.warn({ err: error }, 'the end of a job could not be noted yet')
        await new Promise((resolve) => setTimeout(resolve, TICK_MS))
      }
    }
  }

  /** The sweep removes what is left here. */
  async function tryTo(what: string, act: () => Promise<void>): Promise<void> {
    await act().catch((error: unknown) => log.warn({ err: error }, `could not ${what}`))
  }

  return {
    running: () => (current === undefined ? 0 : 1),
    async drain(graceMs) {
      drainedAtMs = Math.min(drainedAtMs, performance.now())
      bell.ring()
      const timer = setTimeout(() => current?.stop.abort('drain'), graceMs)
      await over
      clearTimeout(timer)
    },
  }
}

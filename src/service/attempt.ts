/** One try at one job: its scans come from the blobs, its label map goes there. Nothing is said to the store here. */
import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { FAULTS, FaultError } from '../errors.ts'
import type { OnProgress } from '../inference/progress.ts'
import { asDiskFull, type Blobs } from '../store/blobs.ts'
import type { Claim, Settlement } from '../store/job-store.ts'
import { unlessAborted } from '../store/unless-aborted.ts'
import type { Log } from '../telemetry/log.ts'
import { namesOf } from './job-ends.ts'
import { isRefusalReported, labelsKeyOf, objectKeyOf } from './result-keys.ts'
import { type Compare, type Run, workOf } from './work.ts'

/** Why an attempt is stopped from outside; the reason of its signal. */
export type StopReason = 'cancel' | 'lost' | 'drain'

export type Outcome =
  | { readonly type: 'settle'; readonly settlement: Settlement; readonly error?: unknown }
  /** `away`: blobs, room or computation are out of reach, so that the next job would fare the same. */
  | { readonly type: 'give-back'; readonly why: 'drain' | 'killed'; readonly away: boolean; readonly error: unknown }
  | { readonly type: 'lost' }

/** Between two tries to put a result among the blobs. */
const AGAIN_MS = 1_000

interface AttemptOptions {
  readonly blobs: Blobs
  readonly run: Run
  readonly compare: Compare
  readonly dir: string
  readonly log: Pick<Log, 'warn'>
}

/**
 * @param dir made here; for copies of the scans and for the label map until it is a blob
 * @param signal aborts with a StopReason
 */
export async function attempt(
  claim: Claim,
  { blobs, dir, log, ...runs }: AttemptOptions,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
): Promise<Outcome> {
  let isComputing = false
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const work = workOf(claim, dir, runs)
    const scans: Record<string, string> = {}
    for (const [channel, key] of Object.entries(claim.task.scans))
      scans[channel] = await blobs.fetch(key, dir, { signal })
    signal.throwIfAborted()
    isComputing = true
    const options = { signal, onProgress, traceparent: claim.traceparent }
    const report = await work.run(scans, options).catch(async (error) => {
      if (error instanceof FaultError && isRefusalReported(claim.task, error.fault)) {
        isComputing = false
        signal.throwIfAborted()
        await insistOn(objectKeyOf(labelsKeyOf(claim), 'refusal'), work.refusalPath)
      }
      throw error
    })
    isComputing = false
    // A job that was cancelled in its last moment stays cancelled: nobody waits for its map.
    signal.throwIfAborted()
    for (const [key, path] of work.files()) await insistOn(key, path)
    return { type: 'settle', settlement: { type: 'succeed', report, labelsKey: labelsKeyOf(claim) } }
  } catch (thrown) {
    const error = asDiskFull(thrown)
    if (signal.aborted) return outcomeOfStop(signal.reason as StopReason, error)
    if (error instanceof FaultError) return outcomeOfFault(error)
    if (isComputing) return { type: 'settle', settlement: { type: 'fail', fault: null }, error }
    const away = await isAway(error)
    return { type: 'give-back', why: away ? 'drain' : 'killed', away, error }
  }

  /** The work is done: while the blobs are away or full its result waits for them, until the attempt is stopped. */
  async function insistOn(key: string, path: string): Promise<void> {
    for (;;) {
      try {
        return await blobs.put(key, path, { signal })
      } catch (error) {
        if (signal.aborted || !(await isAway(asDiskFull(error)))) throw error
        log.warn(
          { ...namesOf(claim), attempt: claim.token, err: error },
          'a result could not be put among the blobs yet',
        )
        await pause(AGAIN_MS, undefined, { signal })
      }
    }
  }

  /** Whether another try would meet the same, whatever the job. */
  async function isAway(error: unknown): Promise<boolean> {
    if (error instanceof FaultError) return FAULTS[error.fault.kind].attempt === 'away'
    return unlessAborted(blobs.ping(), signal).then(
      () => false,
      () => true,
    )
  }
}

function outcomeOfStop(reason: StopReason, error: unknown): Outcome {
  if (reason === 'lost') return { type: 'lost' }
  if (reason === 'drain') return { type: 'give-back', why: 'drain', away: false, error }
  return { type: 'settle', settlement: { type: 'cancel' } }
}

function outcomeOfFault(error: FaultError): Outcome {
  const { fault } = error
  const { attempt: instead } = FAULTS[fault.kind]
  if (instead === 'killed') return { type: 'give-back', why: 'killed', away: false, error }
  if (instead === 'away') return { type: 'give-back', why: 'drain', away: true, error }
  return { type: 'settle', settlement: { type: 'fail', fault }, error }
}

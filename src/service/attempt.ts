/** One try at one job: its scans come from the blobs, its label map goes there. Nothing is said to the store here. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { SegmentTask } from '../compute/protocol.ts'
import { FAULTS, FaultError } from '../errors.ts'
import type { OnProgress } from '../inference/progress.ts'
import type { Report } from '../inference/report.ts'
import { asDiskFull, type Blobs } from '../store/blobs.ts'
import type { Claim, Settlement } from '../store/job-store.ts'
import { optionsOf } from '../store/options.ts'
import { unlessAborted } from '../store/unless-aborted.ts'
import type { Log } from '../telemetry/log.ts'
import { namesOf } from './job-ends.ts'
import { confidenceKeyOf, isRefusalReported, labelsKeyOf, objectKeyOf, pdfKeyOf } from './result-keys.ts'
import { SERVICE_VERSION, SOFTWARE_VERSION } from './version.ts'

export type Run = (
  task: SegmentTask,
  options: { readonly signal: AbortSignal; readonly onProgress: OnProgress; readonly traceparent: string | null },
) => Promise<Report>

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
  readonly dir: string
  readonly log: Pick<Log, 'warn'>
}

/**
 * @param dir made here; for copies of the scans and for the label map until it is a blob
 * @param signal aborts with a StopReason
 */
export async function attempt(
  claim: Claim,
  { blobs, run, dir, log }: AttemptOptions,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: OnProgress },
): Promise<Outcome> {
  let isComputing = false
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const { modelId, gridChannel, objects: names } = claim.task
    const { include, flip, affine, sequence, strict, seg, omitEmpty, page } = optionsOf(claim.task.options)
    const scans: Record<string, string> = {}
    for (const [channel, key] of Object.entries(claim.task.scans))
      scans[channel] = await blobs.fetch(key, dir, { signal })
    signal.throwIfAborted()
    const outPath = join(dir, 'labels.nii.gz')
    const refusalPath = join(dir, 'refusal.dcm')
    const confidencePath = include === 'confidence' ? join(dir, 'confidence.nii.gz') : undefined
    const pdfPath = page === '1' ? join(dir, 'report.pdf') : undefined
    const objects = {
      paths: { seg: join(dir, 'seg.dcm'), sr: join(dir, 'sr.dcm'), sc: join(dir, 'sc.dcm') },
      ...(names?.refusal && { refusalPath }),
      ...(seg && { seg }),
      ...(omitEmpty === '1' && { omitEmpty: true }),
      ...(names && { names }),
      ...{ madeMs: Date.now(), softwareVersion: SOFTWARE_VERSION, codeVersion: SERVICE_VERSION },
    }
    const task = {
      scans,
      objects,
      ...(modelId && { modelId }),
      ...(gridChannel && { gridChannel }),
      outPath,
      ...(pdfPath && { pdfPath }),
      ...(confidencePath && { confidencePath }),
      ...(flip === 'average' && { flipAverage: true }),
      ...(affine && { affine }),
      ...(strict === '1' && { strict: true }),
      ...(sequence && { sequence }),
    }
    isComputing = true
    const report = await run(task, { signal, onProgress, traceparent: claim.traceparent }).catch(async (error) => {
      if (error instanceof FaultError && isRefusalReported(claim.task, error.fault)) {
        isComputing = false
        signal.throwIfAborted()
        await insistOn(objectKeyOf(labelsKeyOf(claim), 'refusal'), refusalPath)
      }
      throw error
    })
    isComputing = false
    // A job that was cancelled in its last moment stays cancelled: nobody waits for its map.
    signal.throwIfAborted()
    const labelsKey = labelsKeyOf(claim)
    if (confidencePath !== undefined) await insistOn(confidenceKeyOf(labelsKey), confidencePath)
    if (pdfPath !== undefined) await insistOn(pdfKeyOf(labelsKey), pdfPath)
    for (const kind of report.objects ?? []) await insistOn(objectKeyOf(labelsKey, kind), objects.paths[kind])
    await insistOn(labelsKey, outPath)
    return { type: 'settle', settlement: { type: 'succeed', report, labelsKey } }
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

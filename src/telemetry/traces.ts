/**
 * One trace a job, over all processes that have a hand in it, for OpenTelemetry:
 *
 *   (the caller's span, if a traceparent came with the request)
 *     └─ receive               API: the request until the job is in the queue or refused
 *          ├─ queue wait       worker: until it took the job
 *          └─ run              worker: until the computation ended; one for each attempt
 *               └─ decode, preprocess, infer, postprocess, encode      out of the report's timings
 *
 * Between processes goes a traceparent as plain text: stored with the job, then in the child's task. Spans hold the
 * job's id and how it ended; never a file name or text out of a header. Without an OTLP endpoint in the environment
 * nothing of OpenTelemetry is loaded and a caller's traceparent is handed on unchanged.
 */
import type { Report } from '../inference/report.ts'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

export interface Received {
  readonly jobId?: string
  /** The problem code of a refused request. */
  readonly refused?: string
}

export interface RunEnd {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'retried' | 'lost'
  /** The problem code of a failure, or why it is tried again. */
  readonly reason?: string
  /** Only for a computation that succeeded. */
  readonly report?: Pick<Report, 'device' | 'model' | 'timingsMs'>
}

/** A span that is not ended yet. End it once; what comes later is not told. */
export interface OpenSpan<E> {
  /** For the next process; null when there is no trace. */
  readonly traceparent: string | null
  end(what: E): void
}

export interface Tracing {
  /** @param traceparent the request's header; a malformed one counts as absent */
  startJob(traceparent: string | null | undefined): OpenSpan<Received>
  /**
   * Tells the wait, and begins the run.
   * @param traceparent as stored with the job
   * @param waitedMs until this attempt was claimed, as the queue's own clock has it
   */
  startRun(traceparent: string | null, job: { jobId: string; attempt: number; waitedMs: number }): OpenSpan<RunEnd>
  /** Sends what was not sent, for three seconds at most. */
  close(): Promise<void>
}

/** Hands on what came, and tells nobody. */
export const NO_TRACING: Tracing = { startJob: handOn, startRun: handOn, close: async () => {} }

function handOn(traceparent: string | null | undefined): OpenSpan<unknown> {
  const parent = parseTraceparent(traceparent)
  return { traceparent: parent && formatTraceparent(parent), end: () => {} }
}

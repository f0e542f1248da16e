/** The trace of the one job that a worker computes at a time, told by what the worker says of it (worker.ts). */
import type { Claim, StoredJob } from '../store/job-store.ts'
import type { OpenSpan, RunEnd, Tracing } from '../telemetry/traces.ts'

export interface RunTraces {
  claimed(claim: Pick<Claim, 'id' | 'token' | 'traceparent' | 'waitedMs'>): void
  /** The traceparent of the run, for the child's task; null when there is no trace. */
  traceparent(): string | null
  /** Called for any job; those that this worker did not compute (reap) have no open run here. */
  ended(stored: Pick<StoredJob, 'job'>): void
  givenBack(claim: Pick<Claim, 'id'>, why: string): void
}

export function traceRuns(tracing: Pick<Tracing, 'startRun'>): RunTraces {
  let open: { readonly id: string; readonly span: OpenSpan<RunEnd> } | undefined

  function end(what: RunEnd): void {
    open?.span.end(what)
    open = undefined
  }

  return {
    claimed({ id, token, traceparent, waitedMs }) {
      // Nothing is reported when a job is taken back: its run is still open when the next begins.
      end({ outcome: 'lost' })
      open = { id, span: tracing.startRun(traceparent, { jobId: id, attempt: token, waitedMs }) }
    },
    traceparent: () => open?.span.traceparent ?? null,
    ended({ job }) {
      if (open?.id !== job.id) return
      if (job.state === 'succeeded') end({ outcome: 'succeeded', report: job.report })
      else if (job.state === 'failed') end({ outcome: 'failed', reason: job.fault?.kind ?? 'internal' })
      else if (job.state === 'cancelled') end({ outcome: 'cancelled' })
    },
    givenBack({ id }, why) {
      if (open?.id === id) end({ outcome: 'retried', reason: why })
    },
  }
}

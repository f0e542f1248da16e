/** The worker of this process: jobs of the store, computed by the supervisor's child, told to metrics and traces. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Supervisor } from '../compute/supervisor.ts'
import { FaultError } from '../errors.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/traces.ts'
import { traceRuns } from './run-traces.ts'
import { startWorker, type Worker, type WorkerOptions } from './worker.ts'

export interface ComputeJobsDeps extends Pick<WorkerOptions, 'store' | 'blobs' | 'leaseMs' | 'onEnded' | 'log'> {
  readonly compute: Pick<Supervisor, 'status' | 'segment' | 'compare'>
  readonly workDir: string
  readonly metrics: Pick<Metrics, 'stage' | 'jobRetried'>
  readonly tracing: Tracing
}

/** Takes jobs while the supervisor is ready, until it is drained. */
export function computeJobs({ compute, workDir, metrics, tracing, onEnded, ...rest }: ComputeJobsDeps): Worker {
  const runs = traceRuns(tracing)
  const workerId = randomUUID()
  return startWorker({
    ...rest,
    workerId,
    workDir: join(workDir, workerId),
    canWork: () => compute.status().state === 'ready',
    run: (task, options) => compute.segment(task, options),
    compare: (task, options) => compute.compare(task, options),
    onClaimed(claim) {
      metrics.stage('queue', claim.waitedMs / 1000)
      runs.claimed(claim)
    },
    onEnded(stored, error) {
      runs.ended(stored)
      onEnded(stored, error)
    },
    onGivenBack(claim, why, error) {
      const reason = error instanceof FaultError && why === 'killed' ? error.fault.kind : why
      runs.givenBack(claim, reason)
      metrics.jobRetried(reason)
    },
  })
}

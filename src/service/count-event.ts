/** What the computation tells of, as metrics. */
import type { ComputeEvent } from '../compute/supervisor.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export function countEvent(metrics: Metrics, event: ComputeEvent): void {
  if (event.kind === 'patch') metrics.patch(event.seconds)
  else if (event.kind === 'stage') metrics.stage(event.stage, event.seconds)
  else if (event.kind === 'restart') metrics.childRestart(event.cause)
  else metrics.modelResidency(event.change, event.id)
}

/** What happened in the compute children, for metrics. */
import { STAGES, type Stage } from '../inference/progress.ts'
import type { FromChild } from './protocol.ts'
import type { ResidencyEvent } from './residency.ts'
import type { RestartCause } from './running-task.ts'

export type ComputeEvent =
  | { readonly kind: 'restart'; readonly cause: RestartCause }
  | { readonly kind: 'patch'; readonly seconds: number }
  | { readonly kind: 'stage'; readonly stage: Stage; readonly seconds: number }
  /** In one child; while a reload tries another, there are two. */
  | ({ readonly kind: 'residency' } & ResidencyEvent)

/** What of a child's message is worth counting. */
export function eventsOf(message: FromChild): readonly ComputeEvent[] {
  if (message.kind === 'progress') {
    const { patchSeconds } = message.progress
    return patchSeconds === undefined ? [] : [{ kind: 'patch', seconds: patchSeconds }]
  }
  if (message.kind === 'residency') return [message]
  if (message.kind !== 'done') return []
  const { timingsMs } = message.report
  return STAGES.map((stage) => ({ kind: 'stage', stage, seconds: timingsMs[stage] / 1000 }))
}

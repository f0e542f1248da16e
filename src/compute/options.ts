/** What a supervisor is told at its start. */
import type { Log } from '../telemetry/log.ts'
import type { ComputeEvent } from './events.ts'
import type { ForkChild } from './fork.ts'
import type { ChildSettings } from './protocol.ts'
import type { TaskTimeouts } from './running-task.ts'

export interface SupervisorOptions extends Omit<ChildSettings, 'keepModelsIn' | 'requiredModels'> {
  /** Every set of models is copied into a folder in there, and served from the copy; not copied when absent. */
  readonly modelSetsDir?: string
  readonly timeouts: Omit<TaskTimeouts, 'graceMs'> & {
    readonly startMs: number
    /** The least time that a cancelled segmentation may go on, see cancelGraceMs(). */
    readonly graceMs: number
    /** So long a child without a task may be silent; IDLE_SILENCE_MS when absent. */
    readonly idleSilenceMs?: number
  }
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  readonly onEvent?: (event: ComputeEvent) => void
  readonly fork?: ForkChild
}

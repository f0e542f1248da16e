/** Counts how compute children end, and says from it when the next one starts. */
import type { RestartCause } from './running-task.ts'
import { backoffMs, MAX_FAILED_STARTS } from './timing.ts'

export interface Restarts {
  /** A child got ready. */
  ready(): void
  /** A child did what it was asked for. */
  worked(): void
  /** A child ended. */
  lost(cause: RestartCause): {
    readonly afterMs: number
    readonly crashesInARow: number
    readonly failedStarts: number
  }
  /** Why it is of no use to wait for the next one; starts go on all the same. */
  hopeless(): string | null
}

export function countRestarts(): Restarts {
  let crashesInARow = 0
  let failedStarts = 0
  let wasReady = false
  return {
    ready() {
      wasReady = true
      failedStarts = 0
    },
    worked() {
      crashesInARow = 0
    },
    lost(cause) {
      crashesInARow = ['crash', 'start-timeout', 'refused'].includes(cause) ? crashesInARow + 1 : 0
      if (!wasReady) failedStarts++
      wasReady = false
      return { afterMs: backoffMs(crashesInARow), crashesInARow, failedStarts }
    },
    hopeless() {
      if (failedStarts < MAX_FAILED_STARTS) return null
      return `the compute process did not get ready ${failedStarts} times in a row`
    },
  }
}

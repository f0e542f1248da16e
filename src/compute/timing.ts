/** How long the supervisor waits: before a restart, for a child that does not come up or is silent, for a cancelled task. */

const LONGEST_BACKOFF_MS = 30_000
const LONGEST_GRACE_MS = 30_000

/** A process without a task has nothing that blocks it: its heartbeat comes once a second. */
export const IDLE_SILENCE_MS = 15_000
/** So many looks in that time must all find silence. */
export const IDLE_LOOKS = 3

/** After so many children in a row that ended before they were ready, tasks fail instead of waiting; starts go on. */
export const MAX_FAILED_STARTS = 3

/** The first restart comes at once; from the second crash in a row on, 250 ms doubled each time, up to 30 s. */
export function backoffMs(crashesInARow: number): number {
  return crashesInARow <= 1 ? 0 : Math.min(LONGEST_BACKOFF_MS, 250 * 2 ** (crashesInARow - 2))
}

/**
 * How long a cancelled segmentation may go on. A child notices a cancel between two patches, so it gets the time of three
 * of the slowest seen: a kill costs more, because the models are loaded again. One patch that stalled for minutes must
 * not make a caller wait as long: 30 s at most.
 */
export function cancelGraceMs(leastMs: number, slowestPatchMs: number): number {
  return Math.max(leastMs, Math.min(LONGEST_GRACE_MS, 3 * slowestPatchMs))
}

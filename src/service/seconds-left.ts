/** How long a job will go on, by how long it took so far. */
import type { Job } from '../store/job.ts'

/**
 * Whole seconds until the last patch is done, by the mean pace of this run's patches up to its last report:
 * 3 of 8 patches in 12 s → 4 s each → 20 s. What comes after the patches is short and not counted.
 * @returns null where there is no pace to go by: before the first patch, after the last one, not running
 */
export function secondsLeft({ state, progress }: Pick<Job, 'state' | 'progress'>): number | null {
  const { stage, done, total, inferSeconds } = progress
  if (state !== 'running' || stage !== 'infer' || done === 0 || inferSeconds === undefined) return null
  return Math.ceil((inferSeconds / done) * (total - done))
}

/** The end of a job that its owner asked for: at once where nobody works at it, else when its worker hears of it. */
import type { Changed, JobStore } from '../store/job-store.ts'
import type { OnEnded } from './job-ends.ts'

export type CancelJob = (id: string) => Promise<Changed | undefined>

export function createCancel(store: Pick<JobStore, 'requestCancel'>, onEnded: OnEnded): CancelJob {
  return async (id) => {
    const changed = await store.requestCancel(id)
    if (changed?.hasEnded) onEnded(changed)
    return changed
  }
}

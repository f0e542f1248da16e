import type { NewEffect } from './effect-store.ts'
import type { StoredJob } from './job-store.ts'

/** What must follow, decided by the service and written in the transaction of the change. */
export interface FollowUps {
  /** The job has ended. */
  readonly ofEnd: (stored: StoredJob) => readonly NewEffect[]
  /** The job is dropped: nothing of it is to be kept. */
  readonly ofForget: (id: string) => readonly NewEffect[]
}

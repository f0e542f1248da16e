/** What is brought to be segmented, and by whom. */
import type { OwnerLimits } from '../security/identity.ts'
import type { Received } from './identify.ts'

/** Where scans come from, and how their bringer wants to hear of them. */
export interface Origin {
  readonly mode: 'sync' | 'async'
  /** Waits also for what is large. */
  readonly isPatient: boolean
  /** The id of the request that brought them. */
  readonly requestId?: string
  /** W3C trace context, if there is one. */
  readonly traceparent?: string | undefined
  /** The study of a PACS that they came with. */
  readonly studyId?: string
}

export interface Submission {
  readonly owner: string
  readonly limits: OwnerLimits
  /** That the scans will have at least; 0 where that is not known. */
  readonly declaredBytes: number
  /** Brings them into a folder of the job's own. */
  readonly receive: (dir: string) => Promise<Received>
  /** The same key of the same owner is the same job. */
  readonly idempotencyKey?: string | undefined
  /** An earlier result will not do. */
  readonly isFresh: boolean
  readonly origin: Origin
}

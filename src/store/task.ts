/** What is asked of a job, as it is kept. */
import type { ObjectNames } from '../dicom/object-names.ts'

/** What jobs are of. */
export const JOB_KINDS = ['segmentation', 'comparison'] as const
export type JobKind = (typeof JOB_KINDS)[number]

/** One segmentation or comparison, by reference: what a worker on another machine needs, and what its end is told with. */
export interface StoredTask {
  /** Absent: a segmentation. */
  readonly kind?: 'comparison'
  /** Channel name → key of its blob; of a comparison `<date>_<channel>` (dated-scans.ts of the service). */
  readonly scans: Readonly<Record<string, string>>
  /** Channel name → SHA-256 of the scan as it was sent. */
  readonly sha256?: Readonly<Record<string, string>>
  readonly modelId?: string
  /** The hash of the weights that the job was taken for. */
  readonly modelSha256?: string
  readonly gridChannel?: string
  /** Whether the caller waits for the answer or asks for it later; counted, nothing else. */
  readonly mode: 'sync' | 'async'
  /** Anything else that changes the result; kept and handed on, not looked into. */
  readonly options: Readonly<Record<string, string>>
  /** What the caller calls it. */
  readonly name?: string
  /** What the caller calls the jobs whose results are one table. */
  readonly cohort?: string
  /** Whether the operator's own webhook hears of its end. */
  readonly isToldToOperator?: boolean
  /** Where the caller wants its end told. */
  readonly callback?: string
  /** The scans stay as long as the result, for whoever looks at it, corrects it or compares it with another date. */
  readonly keepsScans?: true
  /** The id of the request that brought it, for the log. */
  readonly requestId?: string
  /** The study of a PACS that it was made of (study-store.ts), which hears of its end. */
  readonly studyId?: string
  /** How the DICOM objects of the result are to be named; else they are named after what they are made of. */
  readonly objects?: ObjectNames
}

export function kindOf({ kind }: Pick<StoredTask, 'kind'>): JobKind {
  return kind ?? 'segmentation'
}

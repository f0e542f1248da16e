/** What is asked of a job, as it is kept. */
import type { ObjectNames } from '../dicom/object-names.ts'

/** One segmentation, by reference: what a worker on another machine needs, and what its end is told with. */
export interface StoredTask {
  /** Channel name → key of its blob. */
  readonly scans: Readonly<Record<string, string>>
  /** Channel name → SHA-256 of the scan as it was sent. */
  readonly sha256?: Readonly<Record<string, string>>
  readonly modelId?: string
  /** Of the weights that the job was taken for. */
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
  /** Of the request that brought it, for the log. */
  readonly requestId?: string
  /** The study of a PACS that it was made of (study-store.ts), which hears of its end. */
  readonly studyId?: string
  /** How the DICOM objects of the result are to be named; else they are named after what they are made of. */
  readonly objects?: ObjectNames
}

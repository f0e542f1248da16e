import type { Report } from '../inference/report.ts'

/** What a person made of a label map, beside the map itself. */
export interface Correction {
  /** The key of its blob. */
  readonly key: string
  readonly sha256: string
  readonly atMs: number
  /** The job's own report with what the corrected map holds. */
  readonly report: Report
}

/** One subject, or one session of a subject, whose scans give one label map. */
import type { Fault } from '../errors.ts'
import type { WarningCode } from '../warnings.ts'

export interface Subject {
  /** As the table has it: sub-01, or what the list says. */
  readonly subject: string
  readonly session: string | null
  /** As the folders and files of its results are called (BIDS): sub-01, ses-1. */
  readonly folder: { readonly subject: string; readonly session: string | null }
  /** Channel → path. */
  readonly scans: Readonly<Record<string, string>>
  /** Channel → how the result calls that scan: a BIDS URI, or the path as the list has it. */
  readonly sources: Readonly<Record<string, string>>
  /** Why nothing is computed for it. */
  readonly fault?: Fault
  /** What was decided where its scans were chosen. */
  readonly chosen?: readonly { readonly code: WarningCode; readonly message: string }[]
}

/** sub-01, or sub-01 ses-1: for people. */
export function titleOf({ subject, session }: Pick<Subject, 'subject' | 'session'>): string {
  return session === null ? subject : `${subject} ${session}`
}

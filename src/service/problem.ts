/**
 * Faults as documents: application/problem+json (RFC 9457). `code` is stable, `title` belongs to the code, `detail` to the
 * occurrence, `instance` finds it in the log.
 */
import { FAULTS, type Fault, type FaultKind } from '../errors.ts'

const BUG = { status: 500, title: 'Internal error' }

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: FaultKind | 'internal'
}

/** @param fault null: a bug, of which nothing is said but where to find it */
export function problemOf(fault: Fault | null, instance: string): Problem {
  const code = fault?.kind ?? 'internal'
  const { status, title } = fault === null ? BUG : FAULTS[fault.kind]
  const detail = fault?.message ?? 'a fault of the service; its log has the details under this instance'
  return { type: `urn:onelabel:problem:${code}`, title, status, detail, instance, code }
}

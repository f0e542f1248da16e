/**
 * How a caller wants the answer: Accept (label map, report, page to print or segmentation, and as what) and Prefer (RFC 7240: now, later, or how long to wait).
 * Preferences that are not known or not well formed are ignored, as the RFC asks.
 */
import type { Request } from 'express'
import { FaultError } from '../errors.ts'

export type AnswerForm = 'labels' | 'report' | 'seg' | 'pdf'

const REPORT = 'application/json'
export const DICOM = 'application/dicom'
export const PDF = 'application/pdf'
/**
 * What a client may call a map, and what it is then called: gzipped bytes under each of the names that they bear. Gzip is not
 * what application/x-nifti says, so that who asks for it gets the map and is told what it is.
 */
const MAPS: Readonly<Record<string, string>> = {
  'application/gzip': 'application/gzip',
  'application/x-gzip': 'application/x-gzip',
  'application/octet-stream': 'application/octet-stream',
  'application/x-nifti': 'application/gzip',
}
const MAP_TYPES = Object.keys(MAPS)
/** What an answer can be beside a map. */
const OTHERS: Readonly<Record<string, AnswerForm>> = { [REPORT]: 'report', [DICOM]: 'seg', [PDF]: 'pdf' }

/** Nothing said means the label map. @throws FaultError not-acceptable */
export function answerForm(req: Request): AnswerForm {
  const [first = '', ...others] = MAP_TYPES
  const known = [first, REPORT, ...others, DICOM, PDF]
  const accepted = req.accepts(known)
  if (accepted !== false) return OTHERS[accepted] ?? 'labels'
  throw new FaultError('not-acceptable', `the answer can be ${known.join(', ')}`)
}

/** Whether who asks for a job would rather have its page to print; JSON is for all who take it as well. */
export function prefersPage(req: Request): boolean {
  return req.accepts([REPORT, PDF]) === PDF
}

/** The Content-Type of a map for this client; a map is what it is for one that asks for something else. */
export function mapType(req: Request): string {
  return MAPS[req.accepts(MAP_TYPES) || ''] ?? 'application/gzip'
}

export interface Preference {
  readonly respondAsync: boolean
  readonly waitS: number | undefined
}

/** "respond-async, wait=10" → answer within 10 s, and if there is no result by then, say where it will be. */
export function parsePrefer(header: string | undefined): Preference {
  const preferences = (header ?? '').split(',').map((part) => part.split(';')[0]!.trim().toLowerCase())
  const waits = preferences.map((p) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(p)?.[1]).filter((s) => s !== undefined)
  return { respondAsync: preferences.includes('respond-async'), waitS: waits[0] === undefined ? undefined : +waits[0] }
}

/** The value of Preference-Applied, if any preference was followed. */
export function preferenceApplied({ respondAsync, waitS }: Preference, accepted: boolean): string | undefined {
  const applied = [
    ...(respondAsync && accepted ? ['respond-async'] : []),
    ...(waitS === undefined ? [] : [`wait=${waitS}`]),
  ]
  return applied.length > 0 ? applied.join(', ') : undefined
}

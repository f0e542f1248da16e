/**
 * How a caller wants the answer: Accept (label map or report) and Prefer (RFC 7240: now, later, or how long to wait).
 * Preferences that are not known or not well formed are ignored, as the RFC asks.
 */
import type { Request } from 'express'
import { FaultError } from '../errors.ts'

export type AnswerForm = 'labels' | 'report'

const FORMS = { 'application/gzip': 'labels', 'application/json': 'report' } as const

/** Nothing said means the label map. @throws FaultError not-acceptable */
export function answerForm(req: Request): AnswerForm {
  const accepted = req.accepts(Object.keys(FORMS))
  if (accepted !== false) return FORMS[accepted as keyof typeof FORMS]
  throw new FaultError('not-acceptable', `an answer can be ${Object.keys(FORMS).join(' or ')}`)
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

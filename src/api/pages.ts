/** Long lists, page by page: the latest first, and a cursor that says where the next page begins. */
import type { Request } from 'express'
import { FaultError } from '../errors.ts'
import { stringsOf } from './upload-fields.ts'

export interface Page<S extends string> {
  readonly state?: S
  readonly before?: number
  readonly limit: number
}

const MOST = 100
const DEFAULT = 20
const WHOLE = /^[1-9]\d{0,14}$/

/** What a query asks for. @throws FaultError malformed-request, with what is allowed */
export function pageOf<S extends string>(req: Request, states: readonly S[]): Page<S> {
  const { state, cursor, limit } = stringsOf(req.query, ['state', 'cursor', 'limit'])
  const known = states.find((one) => one === state)
  if (state !== undefined && known === undefined) {
    throw new FaultError('malformed-request', `state must be one of ${states.join(', ')}`)
  }
  if (limit !== undefined && !(WHOLE.test(limit) && Number(limit) <= MOST)) {
    throw new FaultError('malformed-request', `limit must be a whole number from 1 to ${MOST}`)
  }
  if (cursor !== undefined && !WHOLE.test(cursor)) {
    throw new FaultError('malformed-request', 'cursor must be what the page before gave as next')
  }
  return {
    ...(known !== undefined && { state: known }),
    ...(cursor !== undefined && { before: Number(cursor) }),
    limit: limit === undefined ? DEFAULT : Number(limit),
  }
}

/** The cursor of the next page; null when there is none. @param asked how many were asked for: one more than are shown */
export function nextOf(found: readonly { readonly place: number }[], limit: number): string | null {
  return found.length > limit ? String(found[limit - 1]!.place) : null
}

/**
 * Every way in which a request to a PACS ends: a closed list. What is tried again depends on whether it can have happened:
 *
 *   stored      it is there, as the other side says
 *   transient   it cannot have happened: trying again is safe, and may help
 *   ambiguous   it may have happened: look before trying again
 *   permanent   it did not happen, and will not until a person changes something
 */

export type Verdict = 'stored' | 'transient' | 'ambiguous' | 'permanent'

export interface CodeRow {
  readonly verdict: Verdict
  /** For the operator; about a destination, never about what was sent. */
  readonly says: string
}

const row = (verdict: Verdict, says: string): CodeRow => ({ verdict, says })

export const DELIVERY_CODES = {
  stored: row('stored', 'has stored it'),
  warning: row('stored', 'has stored it and warns of something'),
  duplicate: row('stored', 'says that it had it already'),
  // Nothing was sent.
  unreachable: row('transient', 'cannot be reached'),
  'tls-failed': row('transient', 'and we do not agree on TLS; see its certificate and ours'),
  'no-credentials': row('transient', 'needs credentials that cannot be read; see its password or token'),
  // It refused before it looked.
  busy: row('transient', 'is busy'),
  full: row('transient', 'has no room'),
  'not-processed': row('transient', 'could not process it'),
  'not-all': row('transient', 'gave another number of instances than it counts'),
  'peer-unreachable': row('transient', 'cannot reach the one that it sends to'),
  // No answer, or none about what was sent.
  'broken-off': row('ambiguous', 'broke off before it answered'),
  'timed-out': row('ambiguous', 'did not answer in time'),
  failed: row('ambiguous', 'met an error of its own'),
  'not-told': row('ambiguous', 'answered without a word about what was sent'),
  'not-found-after': row('ambiguous', 'says that it stored it, and a search does not find it'),
  'still-sending': row('ambiguous', 'is still sending it'),
  // A person must change something.
  'address-refused': row('permanent', 'has a public address and no TLS'),
  unauthorised: row('permanent', 'does not let us in'),
  'not-there': row('permanent', 'knows no such address'),
  redirected: row('permanent', 'sends us elsewhere, and redirects are not followed'),
  'too-large': row('permanent', 'takes nothing so large'),
  'not-supported': row('permanent', 'does not take objects of this kind'),
  'not-understood': row('permanent', 'cannot make sense of it'),
  refused: row('permanent', 'refuses it'),
} as const satisfies Readonly<Record<string, CodeRow>>

export type DeliveryCode = keyof typeof DELIVERY_CODES

export function verdictOf(code: DeliveryCode): Verdict {
  return DELIVERY_CODES[code].verdict
}

/** Why a PACS did not do what it was asked for. Its message is ours alone: what the other side writes may name a patient. */
export class PacsError extends Error {
  readonly code: DeliveryCode

  constructor(peer: string, code: DeliveryCode, detail = '', options: ErrorOptions = {}) {
    super(`${peer} ${DELIVERY_CODES[code].says} (${detail === '' ? code : `${code}, ${detail}`})`, options)
    this.name = 'PacsError'
    this.code = code
  }
}

/** How an HTTP status ends a request where nothing else is known. 2xx is no end. */
export function codeOfStatus(status: number): DeliveryCode {
  if (status < 400) return 'redirected'
  return STATUSES[status] ?? (status >= 500 ? 'failed' : 'refused')
}

const STATUSES: Readonly<Record<number, DeliveryCode>> = {
  401: 'unauthorised',
  403: 'unauthorised',
  404: 'not-there',
  405: 'not-there',
  406: 'not-supported',
  408: 'busy',
  410: 'not-there',
  413: 'too-large',
  415: 'not-supported',
  425: 'busy',
  429: 'busy',
  501: 'not-supported',
  503: 'busy',
  507: 'full',
}

/**
 * One POST to addresses that were looked up and checked before: no second look-up whose answer may be another (DNS
 * rebinding), no redirect, no proxy, no connection that outlives it. Certificates are checked whatever the environment says.
 */
import type { LookupAddress } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'

export interface Answer {
  readonly status: number
  /** As it was sent. */
  readonly retryAfter: string | undefined
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
  /** Certificates that are trusted instead of the usual ones. */
  readonly ca?: Buffer | undefined
}

/** The limit of an answer's body; it is not kept, only read so that the other side can end in peace. */
const MOST_BYTES = 2 ** 16

/**
 * Settles when the connection is over. Once there was a status that is the answer, whatever becomes of the body.
 * @throws what Node says of the connection
 */
export function post(
  url: URL,
  addresses: readonly LookupAddress[],
  { headers, body, signal, ca }: Sent,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const lookup: LookupFunction = (_host, { all }, done) =>
    all ? done(null, [...addresses]) : done(null, addresses[0]!.address, addresses[0]!.family)
  const options = { method: 'POST', headers, agent: false, lookup, signal, ca, rejectUnauthorized: true }
  const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
  let failure = new Error('the connection ended without an answer')
  let answer: Answer | undefined
  request.on('error', (error) => {
    failure = error
  })
  request.on('response', (response) => {
    answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
    let bytes = 0
    response.on('data', ({ length }: Buffer) => {
      bytes += length
      if (bytes > MOST_BYTES) response.destroy()
    })
    response.on('error', () => {}) // the rest of the body
  })
  request.on('close', () => (answer === undefined ? reject(failure) : resolve(answer)))
  request.end(body)
  return promise
}

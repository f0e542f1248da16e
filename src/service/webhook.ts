/**
 * Sends a webhook once: to where the policy allows, signed, within a limit of time. A receiver has it when it answers 2xx.
 * Messages name scheme, host, port and address of a URL; its path and query may hold secrets.
 */
import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { FaultError } from '../errors.ts'
import { hostOf } from '../security/host-list.ts'
import { addressFault, requireTarget, type WebhookPolicy } from '../security/webhook-policy.ts'
import { unlessAborted } from '../store/unless-aborted.ts'
import { DeliveryError } from './delivery-error.ts'
import { type Answer, post } from './post.ts'
import { type Message, webhookHeaders } from './webhook-headers.ts'

export interface Webhook extends Message {
  readonly url: string
}

type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export interface World {
  /** The signal of whoever sends: a stop is no failed try. */
  readonly signal: AbortSignal
  readonly nowMs: () => number
  readonly resolve?: Resolve
  /** Aborts when a try has taken too long, from looking the name up to the end of the answer. */
  readonly limit?: () => AbortSignal
  readonly ca?: Buffer
}

const LIMIT_MS = 10_000
const MOST_RETRY_AFTER_MS = 3_600_000
/** Beside 5xx: the request came too slowly, too early or too often (RFC 9110, 8470, 6585). */
const TRANSIENT: readonly number[] = [408, 425, 429]

/** @throws DeliveryError, or the signal's reason when it stops the try; whether the receiver had it is then unknown */
export async function sendWebhook(webhook: Webhook, policy: WebhookPolicy, world: World): Promise<{ status: number }> {
  const { signal, nowMs, resolve = resolveAll, limit = () => AbortSignal.timeout(LIMIT_MS), ca } = world
  signal.throwIfAborted()
  const url = targetOf(webhook.url, policy)
  const tooLate = limit()
  const stop = AbortSignal.any([signal, tooLate])
  async function attempt(): Promise<Answer> {
    const addresses = await unlessAborted(addressesOf(hostOf(url), resolve), stop)
    const [fault] = addresses.flatMap(({ address }) => addressFault(url, address, policy) ?? [])
    if (fault !== undefined) throw new DeliveryError('never', `${url.origin} ${fault}`)
    return post(url, addresses, { headers: webhookHeaders(webhook, nowMs()), body: webhook.body, signal: stop, ca })
  }
  const answer = await attempt().catch((cause: unknown) => {
    signal.throwIfAborted()
    if (!(cause instanceof Error) || cause instanceof DeliveryError || cause instanceof TypeError) throw cause
    const what = tooLate.aborted ? `did not answer within ${LIMIT_MS / 1000} s` : `cannot be reached (${codeOf(cause)})`
    throw new DeliveryError('later', `${url.origin} ${what}`, { cause })
  })
  const { status } = answer
  if (status >= 200 && status < 300) return { status }
  const redirected = status < 400 ? ', and redirects are not followed' : ''
  const again = status >= 500 || TRANSIENT.includes(status) ? 'later' : 'never'
  throw new DeliveryError(again, `${url.origin} answered ${status}${redirected}`, {
    leastMs: retryAfterMs(answer, nowMs()),
  })
}

/** What was allowed when it was asked for may not be any more. */
function targetOf(text: string, policy: WebhookPolicy): URL {
  try {
    return requireTarget(text, policy)
  } catch (error) {
    throw error instanceof FaultError ? new DeliveryError('never', error.message, { cause: error }) : error
  }
}

const resolveAll: Resolve = (host) => lookup(host, { all: true })

async function addressesOf(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const family = isIP(host)
  return family === 0 ? await resolve(host) : [{ address: host, family }]
}

/** Seconds or a date (RFC 9110, 10.2.3), at most an hour; anything else asks for nothing. */
function retryAfterMs({ retryAfter = '' }: Answer, nowMs: number): number {
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MOST_RETRY_AFTER_MS)
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : 'no answer')

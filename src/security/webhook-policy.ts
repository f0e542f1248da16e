/**
 * Where webhooks may go. The operator's own URL leads where it leads. A caller's callback goes by https to hosts of the
 * operator's list, and to a private address only where an address or network of that list covers it: the name is the
 * operator's word, but where it points is the word of whoever runs its DNS.
 */
import { isIP } from 'node:net'
import type { Config } from '../config.ts'
import { FaultError } from '../errors.ts'
import { isPublic } from './addresses.ts'
import { type HostList, hostOf, parseHostList } from './host-list.ts'
import type { Read } from './reloaded-file.ts'

export interface WebhookPolicy {
  /** ONELABEL_WEBHOOK_URL */
  readonly own: URL | null
  /** ONELABEL_CALLBACK_HOSTS; null: no callbacks */
  readonly callbackHosts: HostList | null
}

const MAX_URL_LENGTH = 2048

/** @returns not ok, with a reason that names the setting and repeats no URL */
export function readWebhookPolicy({
  webhookUrl,
  callbackHosts: hosts,
}: Pick<Config, 'webhookUrl' | 'callbackHosts'>): Read<WebhookPolicy> {
  const list = hosts === null ? null : parseHostList(hosts)
  if (list?.ok === false) return { ok: false, reason: `ONELABEL_CALLBACK_HOSTS: ${list.reason}` }
  const own = webhookUrl === null ? null : plainUrl(webhookUrl)
  if (typeof own === 'string') return { ok: false, reason: `ONELABEL_WEBHOOK_URL: ${own}` }
  const policy = { own, callbackHosts: list?.value ?? null }
  const fault = own !== null && isIP(hostOf(own)) !== 0 ? addressFault(own, hostOf(own), policy) : null
  return fault === null ? { ok: true, value: policy } : { ok: false, reason: `ONELABEL_WEBHOOK_URL: its host ${fault}` }
}

/**
 * The URL of a callback as a request gives it. Where its name leads is looked at when it is called.
 * @throws FaultError callback-refused, with nothing of the URL
 */
export function requireCallback(text: string, { callbackHosts }: WebhookPolicy): URL {
  if (callbackHosts === null) {
    throw refused('this service takes no callbacks; its operator may name hosts in ONELABEL_CALLBACK_HOSTS')
  }
  const url = plainUrl(text)
  if (typeof url === 'string') throw refused(`a callback ${url}`)
  if (url.protocol !== 'https:') throw refused(`a callback must be https, found ${url.protocol.slice(0, -1)}`)
  if (callbackHosts.hasHost(hostOf(url))) return url
  throw refused('the host of the callback is not one of those that the operator names in ONELABEL_CALLBACK_HOSTS')
}

/** The URL of a webhook or callback that was accepted before, under the settings of now. @throws as requireCallback */
export function requireTarget(text: string, policy: WebhookPolicy): URL {
  const { own } = policy
  return own !== null && own.href === URL.parse(text)?.href ? own : requireCallback(text, policy)
}

/** Why a URL's request may not be sent to that address, or null. `url` is of this policy. */
export function addressFault(url: URL, address: string, { own, callbackHosts }: WebhookPolicy): string | null {
  if (isPublic(address)) return url.protocol === 'https:' ? null : `is ${address}, which is public: it must be https`
  if (url.origin === own?.origin || callbackHosts?.hasAddress(address)) return null
  return `is ${address}, which is private: ONELABEL_CALLBACK_HOSTS must have the address or its network`
}

/** An http(s) URL without user, password and fragment; or what is wrong with it. */
export function plainUrl(text: string): URL | string {
  const url = URL.parse(text)
  if (text.length > MAX_URL_LENGTH) return `has at most ${MAX_URL_LENGTH} characters, found ${text.length}`
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http(s) URL'
  if (url.username !== '' || url.password !== '') return 'must hold no user name and no password'
  return text.includes('#') ? 'must hold no fragment (#…)' : url
}

const refused = (message: string): FaultError => new FaultError('callback-refused', message)

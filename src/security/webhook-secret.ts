/**
 * The secret that webhooks are signed with, as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64. Two of
 * them, one a line, while receivers change from one to the other: each signs.
 */
import { readFile } from 'node:fs/promises'
import type { Config } from '../config.ts'
import type { Read } from './reloaded-file.ts'

/** At least one. */
export type WebhookKeys = readonly Buffer[]

type Settings = Pick<Config, 'webhookUrl' | 'webhookSecret' | 'webhookSecretFile' | 'callbackHosts'>

const SECRET = /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const KEY_BYTES = { least: 24, most: 64 }
const MOST_KEYS = 2

/**
 * Read at each use, so that a file can change without a restart; null where nothing is to be signed.
 * @returns not ok, with a reason that names the setting and repeats nothing of the secret
 */
export async function readWebhookKeys(config: Settings): Promise<Read<WebhookKeys | null>> {
  const { webhookUrl, webhookSecret, webhookSecretFile: file, callbackHosts } = config
  if (webhookSecret !== null && file !== null) {
    return failed('ONELABEL_WEBHOOK_SECRET', 'is set, and ONELABEL_WEBHOOK_SECRET_FILE too; one of them is enough')
  }
  if (webhookSecret !== null) return parseKeys('ONELABEL_WEBHOOK_SECRET', webhookSecret)
  if (file !== null) {
    const setting = 'ONELABEL_WEBHOOK_SECRET_FILE'
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error)
    return typeof text === 'string' ? parseKeys(setting, text) : failed(setting, `cannot be read (${text.code})`)
  }
  if (webhookUrl === null && callbackHosts === null) return { ok: true, value: null }
  const why = webhookUrl === null ? 'ONELABEL_CALLBACK_HOSTS' : 'ONELABEL_WEBHOOK_URL'
  return failed(why, 'nothing is sent unsigned: set ONELABEL_WEBHOOK_SECRET_FILE or ONELABEL_WEBHOOK_SECRET')
}

function parseKeys(setting: string, text: string): Read<WebhookKeys> {
  const secrets = text.split(/\s+/).filter((each) => each !== '')
  if (secrets.length === 0 || secrets.length > MOST_KEYS) {
    return failed(setting, `holds 1 or ${MOST_KEYS} secrets, found ${secrets.length}`)
  }
  const keys = secrets.map((secret) => Buffer.from(SECRET.test(secret) ? secret.slice('whsec_'.length) : '', 'base64'))
  if (keys.some(({ length }) => length < KEY_BYTES.least || length > KEY_BYTES.most)) {
    return failed(setting, `a secret is whsec_ and ${KEY_BYTES.least} to ${KEY_BYTES.most} random bytes in base64`)
  }
  return { ok: true, value: keys }
}

const failed = (setting: string, reason: string) => ({ ok: false, reason: `${setting}: ${reason}` }) as const

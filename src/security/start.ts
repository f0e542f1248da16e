/** What a start needs of this folder, in one call: may it be exposed so, who may call and be called, with which certificate. */
import type { Config } from '../config.ts'
import type { Log } from '../telemetry/log.ts'
import { type Access, openAccess } from './access.ts'
import { exposureFaults, exposureWarnings } from './exposure.ts'
import { openTls, type Tls } from './tls.ts'
import { readWebhookPolicy, type WebhookPolicy } from './webhook-policy.ts'
import { readWebhookKeys } from './webhook-secret.ts'

export interface Security {
  readonly access: Access
  /** null: plain http */
  readonly tls: Tls | null
  readonly webhooks: WebhookPolicy
}

export type SecurityResult =
  | { readonly ok: true; readonly security: Security }
  | { readonly ok: false; readonly faults: readonly string[] }

/** Not ok: every reason not to start, each naming its setting. What is open but was meant so goes to the log. */
export async function openSecurity(config: Config, log: Log): Promise<SecurityResult> {
  const exposed = exposureFaults(config)
  if (exposed.length > 0) return { ok: false, faults: exposed }
  const webhooks = readWebhookPolicy(config)
  if (!webhooks.ok) return { ok: false, faults: [webhooks.reason] }
  const webhookKeys = await readWebhookKeys(config)
  if (!webhookKeys.ok) return { ok: false, faults: [webhookKeys.reason] }
  const tls = await openTls(config, log)
  if (!tls.ok) return { ok: false, faults: [tls.reason] }
  const access = await openAccess(config, log)
  if (!access.ok) {
    tls.value?.close()
    return { ok: false, faults: [access.reason] }
  }
  for (const warning of exposureWarnings(config)) log.warn({ host: config.host }, warning)
  return { ok: true, security: { access: access.value, tls: tls.value, webhooks: webhooks.value } }
}

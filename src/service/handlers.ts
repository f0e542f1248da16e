/** How each kind of effect is done (follow-ups.ts makes them, dispatcher.ts calls these). */
import { hostname } from 'node:os'
import { ZodError } from 'zod'
import type { Config } from '../config.ts'
import { type AuditRecord, auditWriter } from '../security/audit.ts'
import type { WebhookPolicy } from '../security/webhook-policy.ts'
import { readWebhookKeys } from '../security/webhook-secret.ts'
import type { AuditStore } from '../store/audit.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Store } from '../store/store.ts'
import { unlessAborted } from '../store/unless-aborted.ts'
import type { Log } from '../telemetry/log.ts'
import { DeliveryError } from './delivery-error.ts'
import type { Done, Handler } from './dispatcher.ts'
import type { BlobsBody, WebhookBody } from './follow-ups.ts'
import { sendWebhook } from './webhook.ts'

/** A removal from a storage that answers slowly, or of many files. */
const REMOVAL_HOLD_MS = 60_000
/** Three times the longest that sending takes (webhook.ts). */
const WEBHOOK_HOLD_MS = 30_000

export interface ServiceHandlersDeps {
  readonly store: Pick<Store, 'audit'>
  readonly blobs: Pick<Blobs, 'remove'>
  readonly webhooks: WebhookPolicy
  readonly config: Config
  readonly log: Pick<Log, 'info'>
}

/** Those of the service itself. */
export function serviceHandlers({ store, blobs, webhooks, config, log }: ServiceHandlersDeps): Record<string, Handler> {
  const tell = webhookHandler(webhooks, config)
  return {
    audit: auditHandler(store.audit, auditWriter(hostname()), config.leaseMs, log),
    blobs: blobsHandler(blobs),
    // Workers reach the store and the blobs, and need reach nothing else.
    ...(config.role !== 'worker' && { webhook: tell, callback: tell }),
  }
}

/** The hash of its line stands in the log: who can cut lines off the audit's end may not write there. */
export function auditHandler(audit: AuditStore, writer: string, holdMs: number, log: Pick<Log, 'info'>): Handler {
  return {
    holdMs,
    most: 1,
    mostAtTarget: 1,
    run: async ({ jobId, names, key, body }) => {
      let auditHash = ''
      return {
        state: 'verified',
        within: async (tx) => {
          auditHash = await audit.append(tx, writer, key, body as AuditRecord).catch((error: unknown) => {
            if (!(error instanceof ZodError)) throw error
            throw new DeliveryError('never', 'the record is none that the audit takes', { cause: error })
          })
        },
        onDone: () => log.info({ ...names, jobId, auditHash }, 'audited'),
      }
    },
  }
}

export function blobsHandler(blobs: Pick<Blobs, 'remove'>): Handler {
  return {
    holdMs: REMOVAL_HOLD_MS,
    most: 4,
    mostAtTarget: 4,
    async run({ body }, signal): Promise<Done> {
      try {
        for (const what of (body as BlobsBody).remove) await unlessAborted(blobs.remove(what), signal)
      } catch (cause) {
        signal.throwIfAborted()
        // Blobs are away or refuse: whoever operates them may mend it within a day.
        throw new DeliveryError('later', cause instanceof Error ? cause.message : 'the files cannot be removed', {
          cause,
        })
      }
      return { state: 'verified' }
    },
  }
}

export function webhookHandler(
  policy: WebhookPolicy,
  config: Pick<Config, 'webhookSecret' | 'webhookSecretFile' | 'webhookUrl' | 'callbackHosts'>,
  nowMs: () => number = Date.now,
): Handler {
  return {
    holdMs: WEBHOOK_HOLD_MS,
    most: 16,
    mostAtTarget: 2,
    async run({ key, body }, signal): Promise<Done> {
      const keys = await readWebhookKeys(config)
      if (!keys.ok) throw new DeliveryError('later', keys.reason)
      const { text, url = policy.own?.href } = body as WebhookBody
      if (url === undefined) throw new DeliveryError('never', 'ONELABEL_WEBHOOK_URL is not set any more')
      if (keys.value === null) throw new DeliveryError('never', 'no secret is set to sign with')
      await sendWebhook({ url, id: key, body: text, keys: keys.value }, policy, { signal, nowMs })
      return { state: 'sent' }
    },
  }
}

/**
 * What a receiver knows a webhook by, as Standard Webhooks 1.0.0 has it (github.com/standard-webhooks/standard-webhooks):
 * HMAC-SHA256 of `id.timestamp.body`, in base64, one signature a key.
 */
import { createHmac } from 'node:crypto'

export interface Message {
  /** The same at each try, for receivers to know what they had before. Without a dot. */
  readonly id: string
  /** JSON */
  readonly body: string
  readonly keys: readonly Buffer[]
}

export function webhookHeaders({ id, body, keys }: Message, nowMs: number): Readonly<Record<string, string>> {
  const timestamp = Math.floor(nowMs / 1000)
  const signed = `${id}.${timestamp}.${body}`
  return {
    'Content-Type': 'application/json',
    'Content-Length': `${Buffer.byteLength(body)}`,
    'User-Agent': 'onelabel',
    'Webhook-Id': id,
    'Webhook-Timestamp': `${timestamp}`,
    'Webhook-Signature': keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' '),
  }
}

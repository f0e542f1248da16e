/** Headers of a POST that say something about its job: Idempotency-Key, Cache-Control. */
import type { Request } from 'express'
import { FaultError } from '../errors.ts'

/** As the IETF draft has it a string in quotes; without them, as most clients send it. Visible ASCII. */
const IDEMPOTENCY_KEY = /^(?:"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/

/** @throws FaultError malformed-request for a key that cannot be one */
export function idempotencyKey(req: Pick<Request, 'get'>): string | undefined {
  const header = req.get('idempotency-key')
  if (header === undefined) return undefined
  const [, quoted, bare] = IDEMPOTENCY_KEY.exec(header.trim()) ?? []
  const key = quoted ?? bare
  if (key !== undefined) return key
  throw new FaultError('malformed-request', 'an Idempotency-Key has 1 to 255 visible ASCII characters')
}

/** `Cache-Control: no-cache` or `no-store`: compute it again. */
export function wantsFreshResult(req: Pick<Request, 'get'>): boolean {
  return /(^|,)\s*no-(cache|store)\s*(,|$)/i.test(req.get('cache-control') ?? '')
}

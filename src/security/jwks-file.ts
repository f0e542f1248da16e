/** The keys of a token provider as a file (RFC 7517), for where the provider cannot be reached. Public keys only. */
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { Read } from './reloaded-file.ts'

const schema = z.object({ keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })).min(1) })

/** A shared secret (kty oct) or a private key (d) has no business in it: whoever reads the file could sign. */
export function parseJwks(text: string): Read<JWTVerifyGetKey> {
  try {
    const read = schema.safeParse(JSON.parse(text))
    if (!read.success) return { ok: false, reason: `is no set of public keys: ${read.error.issues[0]?.path.join(' ')}` }
    if (read.data.keys.some((key) => 'd' in key)) return { ok: false, reason: 'holds a private key' }
    return { ok: true, value: createLocalJWKSet(read.data) }
  } catch {
    return { ok: false, reason: 'is no JSON' }
  }
}

/**
 * Tokens of an OpenID Connect provider: a JWT signed by one of its keys, for us (aud), by it (iss), now (exp, nbf).
 *
 * Only asymmetric algorithms. `none` is no signature, and with HS* whoever has the provider's *public* key, which is
 * everybody, could sign (RFC 8725, sections 2.1, 3.1 and 3.2). Keys come from the JWKS that is configured and from
 * nowhere else: `jwk`, `jku` and `x5u` in a token's header are not looked at.
 *
 * The owner is a hash of issuer and subject: subjects may be names or addresses of people, and owners are logged.
 * A valid token may submit; `onelabel:callback`, `onelabel:metrics` and `onelabel:admin` in its `scope` claim (RFC 8693, 4.2)
 * add those.
 */
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { FaultError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { type Identity, SCOPES } from './identity.ts'
import { parseJwks } from './jwks-file.ts'
import { openReloaded, type Read } from './reloaded-file.ts'

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']
/** Between the provider's clock and ours. */
const CLOCK_TOLERANCE_S = 30
const FETCH_TIMEOUT_MS = 5_000
/** After a fetch that failed: whoever sends tokens while the provider is away must not make us call it each time. */
const FETCH_PAUSE_MS = 5_000
const CACHE_MS = 10 * 60_000
/** Between two fetches for a key that is not in the cache; rotated keys are found after at most so long. */
const UNKNOWN_KEY_PAUSE_MS = 30_000

export interface TokenSettings {
  readonly issuer: string
  readonly audience: string
  /** https URL or file */
  readonly jwks: string
}

export interface TokenCheck {
  /** @throws FaultError unauthenticated; identity-unavailable when the provider's keys cannot be had */
  identify(token: string): Promise<Identity>
  close(): void
}

interface World {
  readonly nowMs?: () => number
  readonly fetch?: typeof fetch
}

/** @returns not ok where a file of keys cannot be used; a URL is asked when the first token comes */
export async function openTokens(
  { issuer, audience, jwks }: TokenSettings,
  log: Log,
  { nowMs = Date.now, fetch = globalThis.fetch }: World = {},
): Promise<Read<TokenCheck>> {
  const keys = /^https:\/\//i.test(jwks)
    ? ({ ok: true, value: { getKey: remoteKeys(jwks, log, nowMs, fetch), close: () => {} } } as const)
    : await fileKeys(jwks, log)
  if (!keys.ok) return keys
  const { getKey, close } = keys.value

  async function identify(token: string): Promise<Identity> {
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(nowMs()),
      requiredClaims: ['exp', 'sub'],
    }).catch((error: unknown) => {
      throw asFault(error)
    })
    return { owner: tokenOwner(issuer, payload.sub), scopes: scopesOf(payload), limits: {} }
  }
  return { ok: true, value: { identify, close } }
}

/** @param subject whatever the provider signed. @throws FaultError unauthenticated for none */
export function tokenOwner(issuer: string, subject: unknown): string {
  if (typeof subject !== 'string' || subject === '') {
    throw new FaultError('unauthenticated', 'the claim sub of the token must be a text that is not empty')
  }
  return `jwt:${createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
    .slice(0, 32)}`
}

function scopesOf({ scope }: JWTPayload): Identity['scopes'] {
  const named = typeof scope === 'string' ? scope.split(' ') : []
  return SCOPES.filter((each) => each === 'submit' || named.includes(`onelabel:${each}`))
}

async function fileKeys(path: string, log: Log): Promise<Read<{ getKey: JWTVerifyGetKey; close(): void }>> {
  const file = await openReloaded({
    paths: [path],
    setting: 'ONELABEL_JWT_JWKS',
    parse: ([text = '']) => parseJwks(text),
    log,
  })
  if (!file.ok) return file
  const { current, close } = file.value
  return { ok: true, value: { getKey: (header, token) => current()(header, token), close } }
}

function remoteKeys(url: string, log: Log, nowMs: () => number, fetch: World['fetch'] & {}): JWTVerifyGetKey {
  let pausedUntilMs = 0
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: UNKNOWN_KEY_PAUSE_MS,
    cacheMaxAge: CACHE_MS,
    async [customFetch](address, options) {
      if (nowMs() < pausedUntilMs) throw new Error('paused after a failure')
      return await fetch(address, options)
    },
  })
  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (error) {
      if (isAboutTheToken(error)) throw error
      if (nowMs() >= pausedUntilMs) {
        log.warn({ setting: 'ONELABEL_JWT_JWKS', err: error }, 'the keys of the token provider cannot be had')
        pausedUntilMs = nowMs() + FETCH_PAUSE_MS
      }
      throw new FaultError('identity-unavailable', 'the keys of the token provider cannot be had now', { cause: error })
    }
  }
}

const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys

/** What is wrong with a token, in words that repeat nothing of it. */
function asFault(error: unknown): unknown {
  if (!(error instanceof errors.JOSEError)) return error
  return new FaultError('unauthenticated', sentenceOf(error), { cause: error })
}

function sentenceOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token is expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `the claim ${error.claim} of the token is not accepted`
  if (error instanceof errors.JOSEAlgNotAllowed) return `tokens are signed with one of ${ALGORITHMS.join(', ')}`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong'
  if (isAboutTheToken(error)) return 'the provider has not exactly one key for the token'
  return 'the token is malformed'
}

/**
 * Signing in at an OpenID Connect provider: the authorization code flow with PKCE (RFC 6749, 4.1; RFC 7636; OpenID Connect
 * Core, 3.1). The browser goes to the provider and comes back with a code, which this service trades for tokens. Nothing is
 * kept between the two but what the browser carries in a cookie of its own (`Pending`).
 *
 * Whoever the provider lets in by our client id may submit, as whoever has a token of it for us may (jwt.ts); where the access
 * token is such a token of the same subject, its scopes count as well. The owner is the same hash in both cases.
 */
import { readFile } from 'node:fs/promises'
import * as openid from 'openid-client'
import type { Config } from '../config.ts'
import { FaultError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { isLoopback } from './exposure.ts'
import type { Scope } from './identity.ts'
import { type TokenCheck, tokenOwner } from './jwt.ts'
import type { Pending } from './pending.ts'
import type { Read } from './reloaded-file.ts'

export type OidcSettings = Pick<
  Config,
  'jwtIssuer' | 'oidcClientId' | 'oidcClientSecretFile' | 'oidcRedirectUrl' | 'oidcScope'
>

export interface SignedIn {
  readonly owner: string
  readonly scopes: readonly Scope[]
}

export interface OidcLogin {
  /** Where to send the browser. @throws FaultError identity-unavailable */
  begin(): Promise<{ readonly url: URL; readonly pending: Pending }>
  /**
   * @param query of the address that the browser came back to, with its question mark
   * @throws FaultError unauthenticated where it is no right answer to `pending`, identity-unavailable
   */
  finish(query: string, pending: Pending): Promise<SignedIn>
}

const TIMEOUT_S = 10
/** What the provider says of itself is asked for again after so long. */
const DISCOVERY_KEPT_MS = 10 * 60_000

/** null: no client id. @returns not ok, with a reason that names the setting; the provider is asked when somebody signs in */
export async function openOidc(
  settings: OidcSettings,
  tokens: Pick<TokenCheck, 'identify'> | null,
  log: Pick<Log, 'warn'>,
  nowMs: () => number = Date.now,
): Promise<Read<OidcLogin | null>> {
  const { jwtIssuer, oidcClientId: clientId, oidcRedirectUrl: redirectUrl, oidcScope: scope } = settings
  if (clientId === null || jwtIssuer === null || redirectUrl === null) return { ok: true, value: null }
  const issuer = URL.parse(jwtIssuer)
  const isOfThisMachine = issuer?.protocol === 'http:' && isLoopback(issuer.hostname)
  if (issuer === null || !(issuer.protocol === 'https:' || isOfThisMachine)) {
    return failed('ONELABEL_JWT_ISSUER: to sign in there it must be an https URL (http on loopback)')
  }
  const secret = await secretOf(settings)
  if (!secret.ok) return secret
  let known: { readonly provider: Promise<openid.Configuration>; readonly untilMs: number } | null = null

  function providerNow(): Promise<openid.Configuration> {
    if (known !== null && nowMs() < known.untilMs) return known.provider
    const provider = discover(issuer!, clientId!, secret.ok ? secret.value : null, isOfThisMachine)
    const asked = { provider, untilMs: nowMs() + DISCOVERY_KEPT_MS }
    known = asked
    provider.catch(() => {
      if (known === asked) known = null
    })
    return provider
  }

  return {
    ok: true,
    value: {
      async begin() {
        const provider = await providerNow().catch((error: unknown) => {
          log.warn({ setting: 'ONELABEL_JWT_ISSUER', why: codeOf(error) }, 'the provider to sign in at does not answer')
          throw unavailable(error)
        })
        const pending = {
          state: openid.randomState(),
          nonce: openid.randomNonce(),
          verifier: openid.randomPKCECodeVerifier(),
        }
        const url = openid.buildAuthorizationUrl(provider, {
          redirect_uri: redirectUrl,
          scope,
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(pending.verifier),
          code_challenge_method: 'S256',
        })
        return { url, pending }
      },
      async finish(query, { state, nonce, verifier }) {
        const provider = await providerNow().catch((error: unknown) => {
          throw unavailable(error)
        })
        const back = new URL(redirectUrl)
        back.search = query
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
        const granted = await openid.authorizationCodeGrant(provider, back, checks).catch((error: unknown) => {
          log.warn({ why: codeOf(error) }, 'a sign-in at the provider failed')
          throw new FaultError('unauthenticated', 'the provider did not say who signed in', { cause: error })
        })
        const owner = tokenOwner(jwtIssuer, granted.claims()?.sub)
        const byToken = await tokens?.identify(granted.access_token).catch(() => null)
        return { owner, scopes: byToken?.owner === owner ? byToken.scopes : ['submit'] }
      },
    },
  }
}

async function discover(
  issuer: URL,
  clientId: string,
  secret: string | null,
  isOfThisMachine: boolean,
): Promise<openid.Configuration> {
  const auth = secret === null ? openid.None() : openid.ClientSecretBasic(secret)
  // Deprecated by its name so that nobody uses it without thought: on loopback nothing is between us and the provider.
  const execute = [openid.enableNonRepudiationChecks, ...(isOfThisMachine ? [openid.allowInsecureRequests] : [])]
  return openid.discovery(issuer, clientId, undefined, auth, { execute, timeout: TIMEOUT_S })
}

async function secretOf({ oidcClientSecretFile: path }: OidcSettings): Promise<Read<string | null>> {
  if (path === null) return { ok: true, value: null }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof text !== 'string') return failed(`ONELABEL_OIDC_CLIENT_SECRET_FILE: cannot be read (${text.code})`)
  return text.trim() === '' ? failed('ONELABEL_OIDC_CLIENT_SECRET_FILE: is empty') : { ok: true, value: text.trim() }
}

/** Its code alone: the rest of it may hold claims about a person. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

const failed = (reason: string) => ({ ok: false, reason }) as const

const unavailable = (cause: unknown) =>
  new FaultError('identity-unavailable', 'the provider to sign in at does not answer now', { cause })

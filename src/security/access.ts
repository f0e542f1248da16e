/** Who may call: keys, tokens, both, or (on loopback, or if told so) everyone. Opened once at the start. */
import type { Config } from '../config.ts'
import { FaultError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { anonymousAccess, asksForCredentials } from './exposure.ts'
import type { Anonymous, Identity } from './identity.ts'
import { isKey, openKeys } from './keys.ts'
import type { OidcLogin, OidcSettings } from './oidc.ts'
import type { Read } from './reloaded-file.ts'

export interface Access {
  /** Who everyone is when nothing is asked; null when credentials are. */
  readonly anonymous: Anonymous | null
  /** @throws FaultError unauthenticated, identity-unavailable */
  identify(credential: string): Promise<Identity>
  /** Who holds the key with this SHA-256 in hex; null: nobody (any more). */
  recallKey(keyHash: string): Identity | null
  /** What a browser can sign in with. */
  readonly signIn: { readonly key: boolean; readonly oidc: OidcLogin | null }
  /** Why keys that were taken back may still be let in; null: they are not. */
  staleBecause(): string | null
  /** Looks at the keys now instead of at the next poll. */
  refresh(): Promise<void>
  close(): void
}

const NONE = { ok: true, value: null } as const

type Settings = Pick<Config, 'host' | 'keysFile' | 'jwtIssuer' | 'jwtAudience' | 'jwtJwks' | 'allowAnonymous'> &
  OidcSettings

/** @returns not ok, with a reason that names the setting, where keys or the provider's keys cannot be used */
export async function openAccess(config: Settings, log: Log): Promise<Read<Access>> {
  const { keysFile, jwtIssuer: issuer, jwtAudience: audience, jwtJwks: jwks } = config
  const openedKeys = keysFile === null ? NONE : await openKeys(keysFile, log)
  if (!openedKeys.ok) return { ok: false, reason: `ONELABEL_KEYS_FILE: ${openedKeys.reason}` }
  const keys = openedKeys.value
  // Who has no provider loads no libraries for one.
  const isJwtSet = issuer !== null && audience !== null && jwks !== null
  const openedTokens = isJwtSet ? await (await import('./jwt.ts')).openTokens({ issuer, audience, jwks }, log) : NONE
  if (!openedTokens.ok) {
    keys?.close()
    return { ok: false, reason: `ONELABEL_JWT_JWKS: ${openedTokens.reason}` }
  }
  const tokens = openedTokens.value
  const oidc = config.oidcClientId === null ? NONE : await (await import('./oidc.ts')).openOidc(config, tokens, log)
  if (!oidc.ok) {
    keys?.close()
    tokens?.close()
    return oidc
  }

  async function identify(credential: string): Promise<Identity> {
    if (!isKey(credential) && tokens !== null) return tokens.identify(credential)
    const found = keys === null ? 'unknown' : keys.identify(credential)
    if (typeof found !== 'string') return found
    throw new FaultError('unauthenticated', `the key is ${found}`)
  }
  return {
    ok: true,
    value: {
      anonymous: asksForCredentials(config) ? null : anonymousAccess(config),
      identify,
      recallKey(keyHash) {
        const found = keys?.recall(keyHash) ?? 'unknown'
        return typeof found === 'string' ? null : found
      },
      signIn: { key: keys !== null, oidc: oidc.value },
      staleBecause: () => keys?.staleBecause() ?? null,
      refresh: async () => keys?.refresh(),
      close() {
        keys?.close()
        tokens?.close()
      },
    },
  }
}

/**
 * What a start would expose. On loopback nothing is asked of callers; on any other address it takes keys or tokens, or
 * the word of whoever starts it. Pure: what is wrong is said, and who called ends the process.
 */
import { BlockList, isIP } from 'node:net'
import type { Config } from '../config.ts'
import type { Anonymous, Scope } from './identity.ts'

type Settings = Pick<
  Config,
  | 'host'
  | 'keysFile'
  | 'jwtIssuer'
  | 'jwtAudience'
  | 'jwtJwks'
  | 'allowAnonymous'
  | 'tlsCert'
  | 'tlsKey'
  | 'oidcClientId'
  | 'oidcRedirectUrl'
>

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** Any name but localhost is taken for an address that others reach, whatever it resolves to. */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  return version === 0 ? host === 'localhost' : LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4')
}

export function asksForCredentials({ keysFile, jwtIssuer }: Pick<Config, 'keysFile' | 'jwtIssuer'>): boolean {
  return keysFile !== null || jwtIssuer !== null
}

/** Every reason not to start, each naming its setting; none: an empty list. */
export function exposureFaults(config: Settings): readonly string[] {
  const { host, jwtIssuer, jwtAudience, jwtJwks, allowAnonymous, tlsCert, tlsKey, oidcClientId, oidcRedirectUrl } =
    config
  const faults: string[] = []
  const jwt = [jwtIssuer, jwtAudience, jwtJwks].filter((value) => value !== null).length
  if (jwt !== 0 && jwt !== 3) {
    faults.push(
      `ONELABEL_JWT_ISSUER: tokens need ONELABEL_JWT_ISSUER, ONELABEL_JWT_AUDIENCE and ONELABEL_JWT_JWKS; found ${jwt} of 3`,
    )
  }
  const oidc = [oidcClientId, oidcRedirectUrl, oidcClientId === null ? null : jwtIssuer].filter(
    (value) => value !== null,
  )
  if (oidc.length !== 0 && oidc.length !== 3) {
    faults.push(
      'ONELABEL_OIDC_CLIENT_ID: to sign in at a provider ONELABEL_OIDC_CLIENT_ID, ONELABEL_OIDC_REDIRECT_URL and ' +
        `ONELABEL_JWT_ISSUER are needed; found ${oidc.length} of 3`,
    )
  }
  if ((tlsCert === null) !== (tlsKey === null)) {
    faults.push('ONELABEL_TLS_CERT: https needs ONELABEL_TLS_CERT and ONELABEL_TLS_KEY; found one of them')
  }
  if (!isLoopback(host) && !asksForCredentials(config) && !allowAnonymous) {
    faults.push(
      `ONELABEL_HOST: "${host}" is not loopback, and nothing says who may call: set ONELABEL_KEYS_FILE ` +
        '(npx onelabel keys new --id <name>) or ONELABEL_JWT_ISSUER, or ONELABEL_ALLOW_ANONYMOUS=1 to let everyone in',
    )
  }
  return faults
}

/** What a start exposes that may be meant, for the log. */
export function exposureWarnings(config: Settings): readonly string[] {
  if (isLoopback(config.host)) return []
  return [
    ...(asksForCredentials(config)
      ? []
      : ['everyone who reaches this address may send scans: ONELABEL_ALLOW_ANONYMOUS']),
    ...(config.tlsCert === null ? ['without ONELABEL_TLS_CERT scans and keys travel in the clear up to a proxy'] : []),
  ]
}

/**
 * Who callers are of whom nothing is asked: on one's own machine they may do everything, but a page that had its name point
 * to this machine and a proxy's callers are not there; elsewhere nobody may change the service.
 */
export function anonymousAccess({ host, allowAnonymous }: Pick<Config, 'host' | 'allowAnonymous'>): Anonymous {
  const withScopes = (...scopes: readonly Scope[]) => ({ owner: 'anonymous', scopes, limits: {} })
  const anyone = withScopes('submit', 'metrics')
  if (!isLoopback(host)) return { here: anyone, elsewhere: anyone }
  return { here: withScopes('submit', 'metrics', 'admin'), elsewhere: allowAnonymous ? anyone : null }
}

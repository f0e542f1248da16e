/**
 * Who calls where nothing is asked. Whoever is on this machine may, but a browser on it shows pages of others, and a proxy on
 * it brings others in: neither must get the rights of whoever sits here.
 *
 *   a page of another site    posts a form (CORS guards the answer, not the request)     Sec-Fetch-Site says so
 *   one that may call         can read all that it may ask for                           its Origin is in the list (cors.ts)
 *   DNS rebinding             the page's own name points to 127.0.0.1 by now             its Host is that name
 *   a proxy                   whoever reaches it                                         the headers that it adds
 *
 * A page that may call sends scans and asks for jobs by their ids, as callers from elsewhere do, and changes nothing.
 * A proxy that sets no header and passes our own address on as Host, as nginx does unless told otherwise, cannot be told
 * from a program.
 */
import type { Request } from 'express'
import { FaultError } from '../errors.ts'
import { isLoopback } from '../security/exposure.ts'
import type { Anonymous, Identity } from '../security/identity.ts'
import { allowsOrigin, type CorsOrigins } from './cors.ts'

const PROXIED = /^(forwarded|via|x-real-ip|x-forwarded-.+)$/
/** A name or an IPv4 address, or an IPv6 address in brackets, and perhaps a port (RFC 9110, section 7.2). */
const HOST = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/

const NEEDED = 'set ONELABEL_KEYS_FILE and give out keys, or ONELABEL_ALLOW_ANONYMOUS=1 to let everyone in who comes so'
const FAULTS = {
  proxy: `this request came through a proxy, and nothing says who may call: ${NEEDED}`,
  host: `without keys only the hosts localhost, *.localhost, 127.0.0.0/8 and [::1] are answered: call one of them, ${NEEDED}`,
} as const

/** Programs say nothing of a site and are let through. @throws FaultError forbidden */
export function anonymousIdentity(access: Anonymous, req: Request, corsOrigins: CorsOrigins = []): Identity {
  const isPage = isAllowedPage(req, corsOrigins)
  if (!isPage) refuseOtherSites(req)
  const identity = identityByPlace(access, req)
  return isPage ? { ...identity, scopes: identity.scopes.filter((scope) => scope !== 'admin') } : identity
}

function identityByPlace({ here, elsewhere }: Anonymous, req: Request): Identity {
  if (here === elsewhere) return here
  const sign = signOfElsewhere(req.headers)
  if (sign === null) return here
  if (elsewhere !== null) return elsewhere
  throw new FaultError('forbidden', FAULTS[sign])
}

/** What shows that the caller is perhaps not a program of this machine; null: nothing. */
function signOfElsewhere(headers: Request['headers']): keyof typeof FAULTS | null {
  if (Object.keys(headers).some((name) => PROXIED.test(name))) return 'proxy'
  const [, address, name] = HOST.exec(headers.host?.toLowerCase() ?? '') ?? []
  const host = address ?? name ?? ''
  return isLoopback(host) || host.endsWith('.localhost') ? null : 'host'
}

/** Browsers that say nothing of sites do say the origin of a page that reads what it is answered. */
function isAllowedPage(req: Request, corsOrigins: CorsOrigins): boolean {
  const [origin, site] = [req.get('origin'), req.get('sec-fetch-site')]
  return origin !== undefined && site !== 'same-origin' && allowsOrigin(corsOrigins, origin)
}

function refuseOtherSites(req: Request): void {
  const site = req.get('sec-fetch-site')
  if (req.method === 'GET' || req.method === 'HEAD') return
  if (site === 'cross-site' || site === 'same-site') {
    throw new FaultError(
      'forbidden',
      'pages of other sites may call this service only if ONELABEL_CORS_ORIGINS lists them; programs may, and so may callers with a key',
    )
  }
}

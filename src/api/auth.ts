/**
 * Who calls, before anything else is looked at: `Authorization: Bearer <key or token>` or `X-Api-Key: <key>`, or without
 * either the cookie of a browser that signed in (sessions.ts).
 * Sets res.locals owner, scopes and limits (src/security/identity.ts); what must be open is listed here, and everything
 * else needs credentials, so that a path that is forgotten, or spelt in another way, is closed.
 *
 * A wrong credential is 401, and 429 from the eleventh within a minute and address. A right one always passes: with 256
 * random bits there is nothing to guess, and behind a proxy one misconfigured client would lock all others out.
 */
import type { Request, RequestHandler, Response } from 'express'
import { FaultError } from '../errors.ts'
import type { Access } from '../security/access.ts'
import { hasScope, type Identity, type Scope } from '../security/identity.ts'
import { anonymousIdentity } from './anonymous.ts'
import type { CorsOrigins } from './cors.ts'
import { createFailedAttempts, type FailedAttempts } from './failed-attempts.ts'
import type { Sessions } from './sessions.ts'

/** Probes, and what says how to call us. They hold nothing of anyone. */
const OPEN = new Set(['/', '/livez', '/readyz', '/openapi.yaml', '/v2/health/live', '/v2/health/ready'])
const REALM = 'Bearer realm="onelabel"'

export interface AuthOptions {
  readonly access: Pick<Access, 'anonymous' | 'identify'>
  /** Who browsers are that signed in. */
  readonly sessions?: Pick<Sessions, 'requireOf'>
  /** How often addresses failed, here and where browsers sign in. */
  readonly attempts?: FailedAttempts
  /** /metrics asks for nothing. */
  readonly openMetrics: boolean
  /** The origins whose pages may call, also where nobody is asked for a key. */
  readonly corsOrigins?: CorsOrigins
  readonly nowMs?: () => number
}

/** The middleware. It throws FaultErrors unauthenticated, forbidden, too-many-attempts and identity-unavailable. */
export function authenticate({
  access,
  sessions,
  openMetrics,
  corsOrigins = [],
  nowMs = Date.now,
  attempts = createFailedAttempts(nowMs),
}: AuthOptions): RequestHandler {
  async function identityOf(req: Request, res: Response): Promise<Identity> {
    if (access.anonymous !== null) return anonymousIdentity(access.anonymous, req, corsOrigins)
    // Without a credential nothing is tried; saying that one is needed costs nothing.
    const isTried = req.get('authorization') !== undefined || req.get('x-api-key') !== undefined
    if (isTried) return counted(attempts, req, res, () => access.identify(credentialOf(req)))
    const signed = await sessions?.requireOf(req)
    if (signed) return signed.identity
    res.set('WWW-Authenticate', REALM)
    throw new FaultError('unauthenticated', 'send Authorization: Bearer <key or token>')
  }

  return async (req, res, next) => {
    if (OPEN.has(req.path)) return next()
    if (openMetrics && req.path === '/metrics') {
      res.locals['scopes'] = ['metrics']
      return next()
    }
    const { owner, scopes, limits } = await identityOf(req, res)
    res.locals['owner'] = owner
    res.locals['scopes'] = scopes
    res.locals['limits'] = limits
    next()
  }
}

/**
 * Does the work, and counts it against the address where it says that the caller is nobody. It throws what the work throws, or
 * FaultError too-many-attempts.
 */
export async function counted<T>(
  attempts: FailedAttempts,
  req: Request,
  res: Response,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FaultError) || error.fault.kind !== 'unauthenticated') throw error
    const waitMs = attempts.fail(req.socket.remoteAddress ?? 'unknown')
    if (waitMs > 0) {
      res.set('Retry-After', String(Math.ceil(waitMs / 1000)))
      throw new FaultError('too-many-attempts', 'this address sent too many wrong keys or tokens; wait')
    }
    res.set('WWW-Authenticate', `${REALM}, error="invalid_token"`)
    throw error
  }
}

/** For routes: 403 unless the caller has the scope. It goes behind authenticate(). */
export function requireScope(scope: Scope): RequestHandler {
  return (_req, res, next) => {
    const scopes: Identity['scopes'] = res.locals['scopes'] ?? []
    if (!hasScope({ scopes }, scope)) {
      res.set('WWW-Authenticate', `${REALM}, error="insufficient_scope", scope="${scope}"`)
      throw new FaultError('forbidden', `the scope ${scope} is needed; found ${scopes.join(', ')}`)
    }
    next()
  }
}

/**
 * A guard for everything but one folder of paths, whose routes have guards of their own. What is spelt so that only the router
 * finds it there passes both.
 */
export function exceptUnder(folder: string, guard: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const isUnder = req.path.toLowerCase().startsWith(`${folder}/`)
    return isUnder ? next() : guard(req, res, next)
  }
}

/** @throws FaultError unauthenticated for none or another scheme; malformed-request for two: which counts? */
function credentialOf(req: Request): string {
  const authorization = req.get('authorization')
  const apiKey = req.get('x-api-key')
  if (authorization !== undefined && apiKey !== undefined) {
    throw new FaultError('malformed-request', 'send Authorization or X-Api-Key, not both')
  }
  const credential = apiKey ?? /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1]
  if (credential === undefined) throw new FaultError('unauthenticated', 'send Authorization: Bearer <key or token>')
  return credential
}

/**
 * Who a browser is that signed in. What it holds is 256 random bits, kept as their hash (store/sessions.ts); the key itself is
 * in no cookie. A session is worth what its key is worth at the moment: without its line in the keys file, or after its time,
 * it is nobody's.
 *
 * Requests that change something say, in X-CSRF-Token, what GET /v1/session told the page. It is a hash of what the cookie
 * holds, so that it needs no place of its own, and no other page can know it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'
import { FaultError } from '../errors.ts'
import type { Access } from '../security/access.ts'
import type { Identity } from '../security/identity.ts'
import type { KeptSession, Session, SessionStore } from '../store/sessions.ts'
import { cookieOf } from './cookies.ts'
import { isOwnPage } from './own-page.ts'

export interface Signed {
  readonly identity: Identity
  /** What requests that change something must repeat. */
  readonly csrf: string
  readonly expiresAtMs: number
}

export interface Sessions {
  /** Who the request's cookie says it is; null: nobody. @throws FaultError not-ready where the store is away */
  of(req: Request): Promise<Signed | null>
  /** The same, held to the token where the request changes something. @throws FaultError forbidden */
  requireOf(req: Request): Promise<Signed | null>
  /** In the place of the one that the browser had. */
  begin(req: Request, res: Response, session: Session): Promise<Signed>
  end(req: Request, res: Response): Promise<void>
}

interface SessionsDeps {
  readonly access: Pick<Access, 'recallKey' | 'signIn'>
  readonly store: SessionStore
  readonly basePath: string
  readonly sessionMs: number
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const ID = /^[A-Za-z0-9_-]{43}$/

export function createSessions({ access, store, basePath, sessionMs }: SessionsDeps): Sessions {
  const cookie = cookieOf('onelabel', basePath, '', 'strict')

  /** Who it is now; null: its key is gone, or nobody signs in so any more. */
  function identityOf({ owner, by }: Session): Identity | null {
    if ('keyHash' in by) return access.recallKey(by.keyHash)
    return access.signIn.oidc === null ? null : { owner, scopes: by.scopes, limits: {} }
  }

  function signed(id: string, kept: KeptSession | undefined): Signed | null {
    const identity = kept === undefined ? null : identityOf(kept)
    return identity === null ? null : { identity, csrf: csrfOf(id), expiresAtMs: kept!.expiresAtMs }
  }

  async function of(req: Request): Promise<Signed | null> {
    const id = cookie.read(req)
    if (id === undefined || !ID.test(id) || !isOwnPage(req)) return null
    return signed(id, await store.get(hashOf(id)))
  }

  return {
    of,
    async requireOf(req) {
      const found = await of(req)
      if (found === null || SAFE.has(req.method)) return found
      if (isEqual(req.get('x-csrf-token') ?? '', found.csrf)) return found
      throw new FaultError(
        'forbidden',
        'a browser that is signed in must send X-CSRF-Token with what /v1/session gives as csrf',
      )
    },
    async begin(req, res, session) {
      const earlier = cookie.read(req)
      if (earlier !== undefined) await store.end(hashOf(earlier))
      const id = randomBytes(32).toString('base64url')
      const kept = await store.begin(hashOf(id), session, sessionMs)
      cookie.set(req, res, id, sessionMs)
      return signed(id, kept) ?? Promise.reject(new FaultError('unauthenticated', 'the key was withdrawn just now'))
    },
    async end(req, res) {
      const id = cookie.read(req)
      if (id !== undefined) await store.end(hashOf(id))
      cookie.clear(req, res)
    },
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const csrfOf = (id: string): string => createHash('sha256').update(`csrf ${id}`).digest('base64url')

function isEqual(found: string, expected: string): boolean {
  const [a, b] = [Buffer.from(found), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/**
 * Cookies of ours. By https their names have a prefix that only https can set: `__Host-` for the whole host, `__Secure-` below
 * a path (RFC 6265bis, 4.1.3), so that neither a sibling name nor plain http can put one of its own in their place.
 */
import type { CookieOptions, Request, Response } from 'express'
import { isSecure } from './own-page.ts'

export interface Cookie {
  read(req: Request): string | undefined
  set(req: Request, res: Response, value: string, maxAgeMs: number): void
  clear(req: Request, res: Response): void
}

/**
 * @param path of ours below which it is sent; '' for all
 * @param sameSite lax: also with a navigation from another site, as a provider's way back is
 */
export function cookieOf(name: string, basePath: string, path: string, sameSite: 'strict' | 'lax'): Cookie {
  const under = `${basePath}${path}` || '/'
  const secureName = `${under === '/' ? '__Host-' : '__Secure-'}${name}`
  const nameFor = (req: Request) => (isSecure(req) ? secureName : name)
  const optionsFor = (req: Request): CookieOptions => ({ httpOnly: true, secure: isSecure(req), sameSite, path: under })
  return {
    // A proxy may not say that it came by https, and a GET has no Origin: the better name counts wherever it is.
    read: (req) =>
      foundIn(req.get('cookie'), secureName) ?? (isSecure(req) ? undefined : foundIn(req.get('cookie'), name)),
    set: (req, res, value, maxAge) => void res.cookie(nameFor(req), value, { ...optionsFor(req), maxAge }),
    clear: (req, res) => void res.clearCookie(nameFor(req), optionsFor(req)),
  }
}

/** Values of ours are of base64url, so that nothing is to be decoded. */
function foundIn(header: string | undefined, name: string): string | undefined {
  const found = header?.split(';').find((pair) => pair.trimStart().startsWith(`${name}=`))
  return found?.trim().slice(name.length + 1)
}

/**
 * Whether a request comes from our own page, or from somebody who opened an address of ours: only then is its cookie looked
 * at. A browser says so itself (Fetch Metadata, Sec-Fetch-Site); over plain http to another machine it does not, and then the
 * Origin, where there is one, must be the host that was called. SameSite=Strict alone would let in pages of other ports of one
 * host name, which are one site with ours.
 */
import type { Request } from 'express'

export function isOwnPage(req: Pick<Request, 'get'>): boolean {
  const site = req.get('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('origin')
  if (origin === undefined) return true
  const host = URL.parse(origin)?.host
  // A proxy may call us by another name; no page of another site can send the second header without being asked first.
  return host !== undefined && [req.get('host'), req.get('x-forwarded-host')].includes(host)
}

/** Whether the browser came by https, to us or to the proxy before us. */
export function isSecure(req: Pick<Request, 'get' | 'secure'>): boolean {
  if (req.secure) return true
  const said =
    req.get('x-forwarded-proto')?.split(',')[0]?.trim() ?? /proto="?(\w+)/i.exec(req.get('forwarded') ?? '')?.[1]
  // A page says its own scheme where a proxy says nothing.
  return said?.toLowerCase() === 'https' || (req.get('origin')?.startsWith('https://') ?? false)
}

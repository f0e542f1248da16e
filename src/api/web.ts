/**
 * The page and all that it is made of, from our own origin: GET and HEAD for the files of one table (web-files.ts), open to
 * everyone, for they hold nothing of anyone. A browser asks each time whether its copy is still good (304 if it is), so that
 * the page is never older than the service.
 */
import type { Request, RequestHandler } from 'express'
import { methodNotAllowed } from './problem.ts'
import type { WebCoding, WebFile, WebFiles } from './web-files.ts'

/** What a browser keeps a page of ours from doing, whatever should get into it (CSP 3; Permissions Policy). */
const PAGE_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Pictures that the page itself draws are blob: and data:, NiiVue's letters too.
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Permissions-Policy': [
    'camera',
    'microphone',
    'geolocation',
    'usb',
    'serial',
    'bluetooth',
    'payment',
    'display-capture',
  ]
    .map((feature) => `${feature}=()`)
    .join(', '),
}

const onlyRead = methodNotAllowed('GET', 'HEAD')

/** It goes before authentication, and leaves every path that is not of the table to what follows. */
export function serveWeb(files: WebFiles): RequestHandler {
  return async (req, res, next) => {
    const file = files.get(req.path)
    if (file === undefined) return next()
    // The route is a path of the table, so the number of names in the metrics is bounded.
    res.locals['route'] = req.path
    res.set(PAGE_HEADERS)
    if (req.method !== 'GET' && req.method !== 'HEAD') return onlyRead(req, res, next)
    const coding = file.compressed === null ? null : codingFor(req)
    if (file.compressed !== null) res.vary('Accept-Encoding')
    res.set({ 'Cache-Control': 'no-cache', ETag: `"${file.hash}${coding === null ? '' : `-${coding}`}"` })
    if (req.fresh) return void res.status(304).end()
    res.type(file.type)
    if (coding !== null) res.set('Content-Encoding', coding)
    res.send(await bodyOf(file, coding))
  }
}

function codingFor(req: Request): WebCoding | null {
  return (['br', 'gzip'] as const).find((coding) => req.acceptsEncodings(coding) === coding) ?? null
}

async function bodyOf({ body, compressed }: WebFile, coding: WebCoding | null): Promise<Buffer> {
  return coding === null || compressed === null ? body : compressed[coding]()
}

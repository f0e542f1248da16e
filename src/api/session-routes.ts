/**
 * /v1/session: how a browser signs in, who it is, how it signs out; and /v1/session/oidc, to the provider and back. Open to
 * everyone, for whoever signs in is not signed in yet, and to pages of our own origin alone: CORS ends before it.
 */
import express, { type Request, type RequestHandler, type Response } from 'express'
import { z } from 'zod'
import { FaultError } from '../errors.ts'
import type { Access } from '../security/access.ts'
import { hashOf, isKey } from '../security/keys.ts'
import { pendingSchema } from '../security/pending.ts'
import type { Log } from '../telemetry/log.ts'
import { anonymousIdentity } from './anonymous.ts'
import { cookieOf } from './cookies.ts'
import { isOwnPage } from './own-page.ts'
import { methodNotAllowed } from './problem.ts'
import type { Sessions, Signed } from './sessions.ts'
import { parseBody, smallJson } from './small-json.ts'

interface SessionRoutesDeps {
  readonly access: Access
  readonly sessions: Sessions
  readonly basePath: string
  /** Counts wrong keys, by address (auth.ts). */
  readonly counted: <T>(req: Request, res: Response, work: () => Promise<T>) => Promise<T>
  readonly log: Pick<Log, 'info'>
}

const bodySchema = z.strictObject({ key: z.string().max(200) })
/** The time that somebody takes at the provider. */
const PENDING_MS = 10 * 60_000

export function sessionRoutes({ access, sessions, basePath, counted, log }: SessionRoutesDeps): RequestHandler {
  const { anonymous, signIn } = access
  const pendingCookie = cookieOf('onelabel-oidc', basePath, '/v1/session/oidc', 'lax')
  const page = `${basePath}/`

  function documentOf(signed: Signed | null): object {
    return {
      login: loginOf(access),
      signedIn: signed !== null,
      owner: signed?.identity.owner ?? null,
      scopes: signed?.identity.scopes ?? [],
      csrf: signed?.csrf ?? null,
      expires: signed === null ? null : new Date(signed.expiresAtMs).toISOString(),
    }
  }

  const router = express.Router({ caseSensitive: true, strict: true })
  router
    .route('/v1/session')
    .get(async (req, res) => {
      if (anonymous === null) return void res.json(documentOf(await sessions.of(req)))
      const { owner, scopes } = anonymousIdentity(anonymous, req)
      res.json({ ...documentOf(null), signedIn: true, owner, scopes })
    })
    .post(smallJson, async (req, res) => {
      requireOwnPage(req)
      if (!signIn.key) throw new FaultError('not-found', 'signing in with a key is not set up here')
      const { key } = parseBody(bodySchema, req.body)
      const { owner } = await counted(req, res, async () => {
        if (isKey(key)) return access.identify(key)
        throw new FaultError('unauthenticated', 'a key begins with ol_')
      })
      const signed = await sessions.begin(req, res, { owner, by: { keyHash: hashOf(key).toString('hex') } })
      log.info({ owner }, 'signed in')
      res.json(documentOf(signed))
    })
    .delete(async (req, res) => {
      const signed = await sessions.requireOf(req)
      await sessions.end(req, res)
      if (signed !== null) log.info({ owner: signed.identity.owner }, 'signed out')
      res.status(204).end()
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST', 'DELETE'))
  router
    .route('/v1/session/oidc')
    .get(async (req, res) => {
      const { url, pending } = await requireOidc().begin()
      pendingCookie.set(req, res, Buffer.from(JSON.stringify(pending)).toString('base64url'), PENDING_MS)
      seeOther(res, url.href)
    })
    .all(methodNotAllowed('GET', 'HEAD'))
  router
    .route('/v1/session/oidc/callback')
    .get(async (req, res) => {
      const oidc = requireOidc()
      const pending = pendingOf(pendingCookie.read(req))
      pendingCookie.clear(req, res)
      if (pending === null) return seeOther(res, `${page}?signin=failed`)
      const found = await oidc.finish(new URL(req.originalUrl, 'http://x').search, pending).catch((error: unknown) => {
        if (error instanceof FaultError && error.fault.kind === 'unauthenticated') return null
        throw error
      })
      if (found === null) return seeOther(res, `${page}?signin=failed`)
      await sessions.begin(req, res, { owner: found.owner, by: { scopes: found.scopes } })
      log.info({ owner: found.owner }, 'signed in')
      seeOther(res, page)
    })
    .all(methodNotAllowed('GET', 'HEAD'))
  return router

  function requireOidc() {
    if (signIn.oidc !== null) return signIn.oidc
    throw new FaultError('not-found', 'signing in at a provider is not set up here')
  }
}

function seeOther(res: Response, address: string): void {
  res.status(303).location(address).end()
}

/** What the page offers; `none` also where only programs are let in, with tokens. */
function loginOf({ signIn: { key, oidc } }: Access): 'none' | 'key' | 'oidc' | 'both' {
  if (key && oidc !== null) return 'both'
  if (key) return 'key'
  return oidc === null ? 'none' : 'oidc'
}

/** Nobody is to be signed in by a page of somebody else, as somebody else. */
function requireOwnPage(req: Request): void {
  if (isOwnPage(req)) return
  throw new FaultError('forbidden', 'only the page of this service may sign in')
}

function pendingOf(value: string | undefined) {
  try {
    return pendingSchema.safeParse(JSON.parse(Buffer.from(value ?? '', 'base64url').toString())).data ?? null
  } catch {
    return null
  }
}

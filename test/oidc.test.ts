/** Signing in at a provider: the real process, a real provider on loopback, and a browser that goes from one to the other. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { holdToContract } from './fixtures/contract.ts'
import { freePort } from './fixtures/free-port.ts'
import { type OidcProvider, openBrowser, startOidcProvider } from './fixtures/oidc-provider.ts'
import { type RealService, startRealService } from './fixtures/real-service.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'

const SECRET = 'a secret of the client: with%signs+'
const CALLBACK = '/v1/session/oidc/callback'
const folder = mkdtempSync(join(tmpdir(), 'onelabel-oidc-'))
let provider: OidcProvider
let service: RealService

before(async () => {
  await makeTinyModel(join(folder, 'models'))
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`)
  ;({ provider, service } = await start({ client_secret: SECRET }, '/onelabel'))
})
after(async () => {
  await service.end('SIGTERM')
  await provider.close()
  rmSync(folder, { recursive: true })
})

/** @param basePath of the service, '' for none */
async function start(client: { client_secret?: string }, basePath: string) {
  const port = await freePort()
  const redirect = `http://127.0.0.1:${port}${basePath}${CALLBACK}`
  const provider = await startOidcProvider({ client_id: 'page', redirect_uris: [redirect], ...client }, 'onelabel')
  const jwks = join(folder, `jwks-${port}`)
  writeFileSync(jwks, provider.jwks)
  const service = await startRealService({
    ONELABEL_PORT: String(port),
    ONELABEL_BASE_PATH: basePath || '/',
    ONELABEL_DATA_DIR: join(folder, `data-${port}`),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_JWT_ISSUER: provider.issuer,
    ONELABEL_JWT_AUDIENCE: 'onelabel',
    ONELABEL_JWT_JWKS: jwks,
    ONELABEL_OIDC_CLIENT_ID: 'page',
    ONELABEL_OIDC_REDIRECT_URL: redirect,
    ONELABEL_OIDC_SCOPE: 'openid onelabel:pacs',
    ...(client.client_secret !== undefined && { ONELABEL_OIDC_CLIENT_SECRET_FILE: join(folder, 'secret') }),
  })
  return { provider, service }
}

const pageOf = ({ base }: RealService) => `${base}/onelabel/`
const ownerOf = ({ issuer }: OidcProvider, subject: string) =>
  `jwt:${createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
    .slice(0, 32)}`

async function sessionOf(browser: ReturnType<typeof openBrowser>, base: string) {
  const { text } = await browser.open(`${base}/v1/session`)
  return JSON.parse(text) as { login: string; signedIn: boolean; owner: string; scopes: string[]; csrf: string }
}

test('a person goes to the provider and comes back signed in, as the owner that a token of theirs would be', async () => {
  const browser = openBrowser()
  const page = pageOf(service)
  assert.deepEqual((await sessionOf(browser, page.slice(0, -1))).login, 'oidc')
  const asked = await browser.open(`${page}v1/session/oidc`)
  assert.ok(asked.url.startsWith(provider.issuer), asked.url)
  await browser.submit({ login: 'jane@example.org', password: 'any' })
  const back = await browser.submit({})
  assert.deepEqual([back.url, back.status], [page, 200])
  assert.match(back.text, /Research use only/)
  const { signedIn, owner, scopes, csrf } = await sessionOf(browser, page.slice(0, -1))
  assert.deepEqual([signedIn, owner], [true, ownerOf(provider, 'jane@example.org')])
  assert.deepEqual(scopes, ['submit', 'pacs'], 'those of the access token')
  const cookies = browser.cookiesOf(`${page}v1/segmentations`)
  assert.deepEqual(Object.keys(cookies), ['onelabel'], 'what was needed on the way is gone')
  const headers = { Cookie: `onelabel=${cookies['onelabel']}`, 'X-CSRF-Token': csrf }
  assert.equal((await fetch(`${page}v1/segmentations`, { headers })).status, 200)
  assert.equal((await fetch(`${page}v1/session`, { method: 'DELETE', headers })).status, 204)
  assert.equal((await fetch(`${page}v1/segmentations`, { headers })).status, 401)
  assert.ok(!service.lines.join().includes('jane'), 'no name of a person is logged')
})

test('the way there names a challenge, a state and a nonce, new each time', async () => {
  const go = async () => {
    const answer = await fetch(`${service.base}/v1/session/oidc`, { redirect: 'manual' })
    const headers = Object.fromEntries([...answer.headers].map(([name, value]) => [name, value]))
    holdToContract('GET', '/v1/session/oidc', { status: answer.status, headers, body: undefined })
    return { query: new URL(headers['location']!).searchParams, cookie: answer.headers.getSetCookie().join() }
  }
  const [one, other] = [await go(), await go()]
  assert.deepEqual([one.query.get('code_challenge_method'), one.query.get('response_type')], ['S256', 'code'])
  for (const name of ['code_challenge', 'state', 'nonce']) {
    assert.ok((one.query.get(name)?.length ?? 0) >= 43, name)
    assert.notEqual(one.query.get(name), other.query.get(name), name)
  }
  assert.match(
    one.cookie,
    /^onelabel-oidc=[\w-]+; Max-Age=600; Path=\/onelabel\/v1\/session\/oidc; .*HttpOnly; SameSite=Lax$/,
  )
})

test('an answer that was not asked for, is of another browser or says no signs nobody in', async () => {
  const page = pageOf(service)
  const failed = `${page}?signin=failed`
  const browser = openBrowser()
  assert.equal((await browser.open(`${page}v1/session/oidc/callback?code=x&state=y`)).url, failed)
  for (const query of ['?code=x&state=y', '', '?error=access_denied&state=y', '?code=x']) {
    await browser.open(`${page}v1/session/oidc`)
    assert.equal((await browser.open(`${page}v1/session/oidc/callback${query}`)).url, failed, query)
  }
  assert.equal((await sessionOf(browser, page.slice(0, -1))).signedIn, false)
})

test('a public client signs in by PKCE alone, without a prefix', async (t: TestContext) => {
  const open = await start({}, '')
  t.after(async () => {
    await open.service.end('SIGTERM')
    await open.provider.close()
  })
  const browser = openBrowser()
  await browser.open(`${open.service.base}/v1/session/oidc`)
  await browser.submit({ login: 'joe', password: 'any' })
  assert.equal((await browser.submit({})).url, `${open.service.base}/`)
  assert.equal((await sessionOf(browser, open.service.base)).owner, ownerOf(open.provider, 'joe'))
})

test('a provider that is away is said to be so, and asked again', async (t: TestContext) => {
  const open = await start({}, '')
  t.after(async () => {
    await open.service.end('SIGTERM')
    await open.provider.close()
  })
  open.provider.pause(true)
  const answer = await fetch(`${open.service.base}/v1/session/oidc`, { redirect: 'manual' })
  const headers = Object.fromEntries([...answer.headers].map(([name, value]) => [name, value]))
  const body = (await answer.json()) as { code: string }
  holdToContract('GET', '/v1/session/oidc', { status: answer.status, headers, body })
  assert.deepEqual([answer.status, body.code], [503, 'identity-unavailable'])
  open.provider.pause(false)
  assert.equal((await fetch(`${open.service.base}/v1/session/oidc`, { redirect: 'manual' })).status, 303)
})

/** Browsers that sign in with a key: what they are told, what their cookie is worth, and what it is not. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import request from 'supertest'
import { holdToContract, promised } from './fixtures/contract.ts'
import { type GuardedService, startGuardedService } from './fixtures/guarded.ts'
import { startTestService } from './fixtures/service.ts'

const SESSION = '/v1/session'
const SCANS = '/v1/segmentations'
const answered = new Set<string>()
let service: GuardedService
let key: string
before(async () => {
  service = await startGuardedService()
  key = await service.addKey('clinic', ['submit'])
})
after(() => service.close())

type Method = 'get' | 'post' | 'put' | 'delete'

async function call(method: Method, path: string, headers: Record<string, string> = {}, body?: object) {
  const asked = request(`http://127.0.0.1:${service.port}`)[method](path).set(headers).redirects(0)
  const answer = await (body === undefined ? asked : asked.send(body))
  if (path.startsWith(SESSION)) hold(method, path, answer)
  return answer
}

/** Superagent makes a list of several cookies, where the description knows one text. */
function hold(method: Method, path: string, { status, headers, body }: request.Response): void {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  answered.add(holdToContract(method.toUpperCase(), path, { status, headers: texts, body }))
}

interface Browser {
  readonly setCookie: string
  readonly cookie: { readonly Cookie: string }
  readonly csrf: string
}

async function signIn(withKey = key, headers: Record<string, string> = {}): Promise<Browser> {
  const { status, headers: given, body } = await call('post', SESSION, headers, { key: withKey })
  assert.equal(status, 200)
  const [setCookie] = given['set-cookie'] as unknown as string[]
  return { setCookie: setCookie!, cookie: { Cookie: setCookie!.split(';')[0]! }, csrf: body.csrf }
}
const listed = async (headers: Record<string, string>) => (await call('get', SCANS, headers)).status

test('who is not signed in is told how to, and is nobody', async () => {
  const { body, headers } = await call('get', SESSION)
  assert.deepEqual(body, { login: 'key', signedIn: false, owner: null, scopes: [], csrf: null, expires: null })
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(await listed({ Cookie: `onelabel=${'A'.repeat(43)}` }), 401)
})

test('a key gives a cookie that no script reads, no other site brings and that does not hold the key', async () => {
  const { setCookie, cookie, csrf } = await signIn()
  assert.match(setCookie, /^onelabel=[\w-]{43}; Max-Age=60; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/)
  assert.ok(!setCookie.includes(key.split('_')[2]!))
  const { body } = await call('get', SESSION, cookie)
  assert.deepEqual([body.signedIn, body.owner, body.scopes, body.csrf], [true, 'key:clinic', ['submit'], csrf])
  assert.ok(Date.parse(body.expires) > Date.now())
  assert.equal(await listed(cookie), 200)
})

test('by https, here or before a proxy, the cookie goes by https alone, under a name that nothing else can set', async () => {
  for (const headers of [{ 'X-Forwarded-Proto': 'https' }, { Forwarded: 'for=1.1.1.1;proto=https' }] as Record<
    string,
    string
  >[]) {
    const { setCookie, cookie } = await signIn(key, headers)
    assert.match(setCookie, /^__Host-onelabel=.*; Path=\/; .*HttpOnly; Secure; SameSite=Strict$/)
    assert.equal(await listed({ ...cookie, ...headers }), 200)
    assert.equal(await listed({ Cookie: cookie.Cookie.replace('__Host-', ''), ...headers }), 401)
  }
})

test('behind a proxy that ends TLS and says nothing the page’s own Origin tells, and reading needs none', async () => {
  const page = { 'Sec-Fetch-Site': 'same-origin' }
  const { setCookie, cookie } = await signIn(key, { ...page, Origin: 'https://mri.example.org' })
  assert.match(setCookie, /^__Host-onelabel=.*; Secure;/)
  assert.equal(await listed({ ...cookie, ...page }), 200)
  const both = `onelabel=${'A'.repeat(43)}; ${cookie.Cookie}`
  assert.equal(await listed({ Cookie: both, ...page }), 200, 'one that anybody could set does not stand in its way')
})

test('what changes something needs the token of that very session; what reads does not', async () => {
  const [one, other] = [await signIn(), await signIn()]
  const send = (headers: Record<string, string>) =>
    request(`http://127.0.0.1:${service.port}`)
      .post(`${SCANS}?channel=t1`)
      .set({ ...one.cookie, ...headers })
      .type('application/octet-stream')
      .send(Buffer.from('scan'))
  for (const headers of [{}, { 'X-CSRF-Token': other.csrf }, { 'X-CSRF-Token': '' }] as Record<string, string>[]) {
    const { status, body } = await send(headers)
    assert.deepEqual([status, body.code], [403, 'forbidden'])
  }
  const sent = await send({ 'X-CSRF-Token': one.csrf })
  assert.equal(sent.status, 200)
  const job = sent.headers['location']!
  assert.equal((await call('get', job, { Authorization: `Bearer ${key}` })).status, 200, 'the owner is that of the key')
  assert.equal((await call('delete', job, one.cookie)).status, 403)
  assert.equal((await call('delete', job, { ...one.cookie, 'X-CSRF-Token': one.csrf })).status, 204)
})

test('a cookie is looked at only in requests of the page itself or of who opened the address', async () => {
  const { cookie, csrf } = await signIn()
  const host = `127.0.0.1:${service.port}`
  const allowed: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: `http://${host}` },
    { Origin: 'http://mri.example.org', 'X-Forwarded-Host': 'mri.example.org' },
  ]
  for (const headers of allowed) assert.equal(await listed({ ...cookie, ...headers }), 200)
  const refused: Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: `http://${host}` },
    { Origin: 'http://evil.example' },
    { Origin: `http://127.0.0.1:${service.port + 1}` },
    { Origin: 'null' },
  ]
  for (const headers of refused) {
    assert.equal(await listed({ ...cookie, ...headers, 'X-CSRF-Token': csrf }), 401)
    const signedIn = await call('post', SESSION, headers, { key })
    assert.deepEqual([signedIn.status, signedIn.headers['set-cookie']], [403, undefined])
  }
})

test('a header counts before the cookie, and needs no token', async () => {
  const { cookie } = await signIn()
  const other = await service.addKey('other', ['submit'])
  const bearer = { ...cookie, Authorization: `Bearer ${other}` }
  assert.equal((await call('delete', `${SCANS}/x`, bearer)).status, 404)
  assert.equal(await listed({ ...cookie, Authorization: 'Bearer ol_clinic_wrong' }), 401)
})

test('who signs out is nobody everywhere, and other browsers of the same key stay', async () => {
  const [one, other] = [await signIn(), await signIn()]
  assert.equal((await call('delete', SESSION, one.cookie)).status, 403)
  const out = await call('delete', SESSION, { ...one.cookie, 'X-CSRF-Token': one.csrf })
  assert.equal(out.status, 204)
  assert.match(String(out.headers['set-cookie']), /^onelabel=; Path=\/; Expires=Thu, 01 Jan 1970/)
  assert.deepEqual([await listed(one.cookie), await listed(other.cookie)], [401, 200])
  assert.equal((await call('delete', SESSION)).status, 204)
})

test('who signs in again has one session, the new one', async () => {
  const first = await signIn()
  const second = await signIn(key, first.cookie)
  assert.deepEqual([await listed(first.cookie), await listed(second.cookie)], [401, 200])
})

test('a key that is taken back, or whose time is over, ends its sessions; one beside it of the same owner does not', async () => {
  const [gone, stays] = [await service.addKey('gone', ['submit']), await service.addKey('stays', ['submit', 'admin'])]
  const [one, other] = [await signIn(gone), await signIn(stays)]
  await service.withdraw('gone')
  assert.deepEqual([await listed(one.cookie), await listed(other.cookie)], [401, 200])
  assert.equal((await call('get', SESSION, one.cookie)).body.signedIn, false)
  const expired = await service.addKey('expired', ['submit'], new Date(Date.now() - 1).toISOString())
  const refused = await call('post', SESSION, {}, { key: expired })
  assert.deepEqual([refused.status, refused.body.detail], [401, 'the key is expired'])
})

test('a browser may do what its key may, and no more', async () => {
  const hint = await service.addKey('script', ['hint'])
  const { cookie } = await signIn(hint)
  assert.equal(await listed(cookie), 403)
})

test('what is no key is told so, and too many wrong ones wait', async () => {
  for (const body of [{}, { key: 1 }, { key, more: 1 }, { key: 'x'.repeat(201) }]) {
    assert.equal((await call('post', SESSION, {}, body)).status, 400)
  }
  const token = await call('post', SESSION, {}, { key: 'a.b.c' })
  assert.deepEqual([token.status, token.body.code], [401, 'unauthenticated'])
  const wrong = () => call('post', SESSION, {}, { key: `ol_clinic_${'x'.repeat(43)}` })
  let last = await wrong()
  for (let n = 0; n < 12 && last.status === 401; n++) last = await wrong()
  assert.deepEqual([last.status, last.body.code], [429, 'too-many-attempts'])
  await signIn()
})

test('no page of another origin is let near it, whatever CORS allows', async (t) => {
  const cors = await startGuardedService({ corsOrigins: ['*'] })
  t.after(() => cors.close())
  const at = request(`http://127.0.0.1:${cors.port}`)
  const asked = { Origin: 'https://viewer.example.org', 'Access-Control-Request-Method': 'POST' }
  const preflight = await at.options(SESSION).set(asked)
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [405, undefined])
  const read = await at.get(SCANS).set({ Origin: 'https://viewer.example.org' })
  assert.equal(read.headers['access-control-allow-origin'], '*')
  assert.equal(read.headers['access-control-allow-credentials'], undefined)
})

test('where nothing is asked everyone is signed in already, and there is nothing to sign in with', async (t) => {
  const { openAccess } = await import('../src/security/access.ts')
  const { createDoor } = await import('../src/api/door.ts')
  const { createLog } = await import('../src/telemetry/log.ts')
  const { readConfig } = await import('../src/config.ts')
  const read = readConfig({})
  assert.ok(read.ok)
  const opened = await openAccess(read.config, createLog('silent'))
  assert.ok(opened.ok)
  const open = await startTestService({}, { openDoor: createDoor(opened.value, read.config, createLog('silent')) })
  t.after(() => open.close())
  const at = request(open.base)
  const mine = await at.get(SESSION)
  hold('get', SESSION, mine)
  assert.deepEqual(
    [mine.body.login, mine.body.signedIn, mine.body.owner, mine.body.csrf],
    ['none', true, 'anonymous', null],
  )
  const proxied = await at.get(SESSION).set('X-Forwarded-For', '10.0.0.1')
  hold('get', SESSION, proxied)
  assert.equal(proxied.body.code, 'forbidden')
  const none = await at.post(SESSION).send({ key })
  hold('post', SESSION, none)
  assert.equal(none.status, 404)
})

test('every answer about sessions that openapi.yaml promises was given above', async () => {
  for (const path of [`${SESSION}/oidc`, `${SESSION}/oidc/callback`]) {
    assert.equal((await call('get', path)).status, 404)
    assert.equal((await call('put', path)).status, 405)
  }
  assert.equal((await call('put', SESSION)).status, 405)
  const elsewhere = [
    'GET /v1/session 503', // a store that does not answer, as for jobs
    'POST /v1/session 503',
    'DELETE /v1/session 503',
    'GET /v1/session/oidc 303', // oidc.test.ts
    'GET /v1/session/oidc 503',
    'GET /v1/session/oidc/callback 303',
    'GET /v1/session/oidc/callback 503',
  ]
  const open = promised().filter((answer) => answer.includes(' /v1/session') && !answered.has(answer))
  assert.deepEqual(open.sort(), elsewhere.sort())
})

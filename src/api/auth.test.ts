/** The middleware in front of routes of its own, on loopback. The real app is held to it in test/abuse.test.ts. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import express from 'express'
import { FaultError } from '../errors.ts'
import type { Access } from '../security/access.ts'
import { anonymousAccess } from '../security/exposure.ts'
import { SCOPES } from '../security/identity.ts'
import { createLog } from '../telemetry/log.ts'
import { authenticate, requireScope } from './auth.ts'
import { createFailedAttempts } from './failed-attempts.ts'
import { problemHandler } from './problem.ts'

const keyed: Access = {
  anonymous: null,
  async identify(credential) {
    if (credential === 'away') throw new FaultError('identity-unavailable', 'away')
    const scope = SCOPES.find((each) => each === credential)
    if (scope === undefined) throw new FaultError('unauthenticated', 'the key is unknown')
    return { owner: `key:${scope}`, scopes: [scope], limits: { jobs: 1 } }
  },
  recallKey: () => null,
  signIn: { key: true, oidc: null },
  staleBecause: () => null,
  async refresh() {},
  close() {},
}
const anonymous: Access = { ...keyed, anonymous: anonymousAccess({ host: '127.0.0.1', allowAnonymous: false }) }

let nowMs = 0
const servers: ReturnType<ReturnType<typeof express>['listen']>[] = []
async function serve(access: Access, openMetrics: boolean): Promise<string> {
  const app = express()
  app.use(authenticate({ access, openMetrics, nowMs: () => nowMs }))
  app.get('/metrics', requireScope('metrics'), (_req, res) => void res.json('metrics'))
  app.use('/v1', requireScope('submit'))
  app.post('/v1/models:reload', requireScope('admin'), (_req, res) => void res.json('reloaded'))
  app.use((_req, res) => void res.json(res.locals))
  app.use(problemHandler(createLog('silent'), { failure() {} }, { retryAfterS: async () => 5 }))
  const server = app.listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

let base: string
before(async () => {
  base = await serve(keyed, false)
})
after(() => {
  for (const server of servers) server.close()
})

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET', at = base) {
  const response = await fetch(at + path, { method, headers })
  const body = (await response.json()) as { code?: string; owner?: string }
  return { status: response.status, headers: response.headers, body, code: body.code }
}
const bearer = (credential: string) => ({ Authorization: `Bearer ${credential}` })

test('a key comes as a bearer or as X-Api-Key, and says owner, scopes and limits to the routes', async () => {
  const expected = { owner: 'key:submit', scopes: ['submit'], limits: { jobs: 1 } }
  for (const headers of [bearer('submit'), { Authorization: 'bearer  submit' }, { 'X-Api-Key': 'submit' }]) {
    assert.deepEqual((await ask('/v1/segmentations', headers)).body, expected)
  }
})

test('without a credential everything is 401 but the page, its description and the probes', async () => {
  const open = ['/', '/livez', '/readyz', '/v2/health/live', '/v2/health/ready', '/openapi.yaml']
  for (const path of open) assert.equal((await ask(path)).status, 200, path)
  const closed = [
    '/v1/segmentations',
    '/V1/segmentations',
    '//v1/segmentations',
    '/livez/',
    '/livez/../v1/models',
    '/%6civez',
  ]
  for (const path of [...closed, '/metrics', '/nowhere', '/v1/models:reload']) {
    const { status, code, headers } = await ask(path)
    assert.deepEqual([status, code], [401, 'unauthenticated'], path)
    assert.equal(headers.get('www-authenticate'), 'Bearer realm="onelabel"')
  }
})

test('a wrong credential says so in WWW-Authenticate; two at once are refused', async () => {
  for (const headers of [bearer('wrong'), { 'X-Api-Key': '' }, { Authorization: 'Basic c3VibWl0OnN1Ym1pdA==' }]) {
    const refused = await ask('/v1/models', headers)
    assert.equal(refused.code, 'unauthenticated')
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="onelabel", error="invalid_token"')
  }
  const both = await ask('/v1/models', { ...bearer('submit'), 'X-Api-Key': 'submit' })
  assert.deepEqual([both.status, both.code], [400, 'malformed-request'])
})

const ALLOWED: readonly [method: string, path: string, scopes: readonly string[]][] = [
  ['GET', '/v1/segmentations', ['submit', 'admin']],
  ['POST', '/v1/models:reload', ['admin']],
  ['POST', '/V1/MODELS:reload/', ['admin']],
  ['GET', '/metrics', ['metrics', 'admin']],
]
for (const [method, path, scopes] of ALLOWED) {
  test(`${method} ${path} is for ${scopes.join(' and ')}; others get 403 with the scope that is missing`, async () => {
    for (const scope of SCOPES) {
      const { status, code, headers } = await ask(path, bearer(scope), method)
      assert.equal(status, scopes.includes(scope) ? 200 : 403, scope)
      if (status === 403) assert.equal(code, 'forbidden')
      if (status === 403) assert.match(headers.get('www-authenticate') ?? '', /insufficient_scope", scope="/)
    }
  })
}

test('a provider that is away is 503 with Retry-After: the token may be right', async () => {
  const { status, code, headers } = await ask('/v1/models', bearer('away'))
  assert.deepEqual([status, code, headers.get('retry-after')], [503, 'identity-unavailable', '5'])
})

test('the eleventh wrong key within a minute is 429; a right one always passes; the next minute starts afresh', async () => {
  nowMs += 60_000
  const statusOf = async (credential: string) => (await ask('/v1/models', bearer(credential))).status
  for (let i = 0; i < 10; i++) assert.equal(await statusOf('wrong'), 401)
  nowMs += 20_000
  const { status, code, headers } = await ask('/v1/models', bearer('wrong'))
  assert.deepEqual([status, code, headers.get('retry-after')], [429, 'too-many-attempts', '40'])
  assert.equal(await statusOf('submit'), 200)
  assert.equal((await ask('/v1/models')).status, 401)
  nowMs += 40_000
  assert.equal(await statusOf('wrong'), 401)
})

test('/metrics is open when the settings say so, and nothing else is', async () => {
  const at = await serve(keyed, true)
  assert.equal((await ask('/metrics', {}, 'GET', at)).status, 200)
  assert.equal((await ask('/v1/models', {}, 'GET', at)).status, 401)
})

test('no more addresses are remembered than the most; IPv6 counts by /64', () => {
  const few = createFailedAttempts(() => 0, 3)
  for (let i = 0; i < 100; i++) few.fail(`10.0.0.${i}`)
  assert.equal(few.size, 3)
  const many = createFailedAttempts(() => 0)
  for (const address of ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8:0:0:ffff:1:2:3']) many.fail(address)
  assert.equal(many.size, 1)
  for (const address of ['2001:db8:0:1::1', '::1', '::ffff:10.0.0.1', '::ffff:10.0.0.2']) many.fail(address)
  assert.equal(many.size, 5)
})

test('where nothing is asked everyone is anonymous, but a page of another site may not post', async () => {
  const open = await serve(anonymous, false)
  const { body } = await ask('/v1/segmentations', bearer('whatever'), 'POST', open)
  assert.equal(body.owner, 'anonymous')
  for (const site of ['cross-site', 'same-site']) {
    const refused = await ask('/v1/segmentations', { 'Sec-Fetch-Site': site }, 'POST', open)
    assert.deepEqual([refused.status, refused.code], [403, 'forbidden'], site)
  }
  assert.equal((await ask('/v1/segmentations', { 'Sec-Fetch-Site': 'same-origin' }, 'POST', open)).status, 200)
  assert.equal((await ask('/v1/models', { 'Sec-Fetch-Site': 'cross-site' }, 'GET', open)).status, 200)
})

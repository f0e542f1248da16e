import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Config, readConfig } from '../config.ts'
import { anonymousAccess, exposureFaults, exposureWarnings, isLoopback } from './exposure.ts'
import { hasScope } from './identity.ts'

function settings(environment: Record<string, string>): Config {
  const read = readConfig(environment)
  assert.ok(read.ok)
  return read.config
}
const namesOf = (environment: Record<string, string>) =>
  exposureFaults(settings(environment)).map((fault) => fault.split(':')[0])

const KEYS = { ONELABEL_KEYS_FILE: '/run/keys' }
const JWT = { ONELABEL_JWT_ISSUER: 'https://i', ONELABEL_JWT_AUDIENCE: 'a', ONELABEL_JWT_JWKS: 'https://i/jwks' }

test('127.0.0.0/8, ::1 and localhost are loopback; every other address or name is not', () => {
  for (const host of ['127.0.0.1', '127.255.0.9', '::1', 'localhost', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'fe80::1', '127.1', 'localhost.example.org', 'mri']) {
    assert.ok(!isLoopback(host), host)
  }
})

test('any address but loopback refuses to start without keys or tokens, unless told so', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'mri-server']) {
    const ONELABEL_HOST = host
    assert.deepEqual(namesOf({ ONELABEL_HOST }), ['ONELABEL_HOST'], host)
    for (const ask of [KEYS, JWT, { ONELABEL_ALLOW_ANONYMOUS: '1' }]) {
      assert.deepEqual(namesOf({ ONELABEL_HOST, ...ask }), [], host)
    }
  }
  assert.deepEqual(namesOf({}), [])
})

test('to sign in at a provider takes client, way back and issuer; a part of them is refused', () => {
  const [ONELABEL_OIDC_CLIENT_ID, ONELABEL_OIDC_REDIRECT_URL] = [
    'page',
    'https://mri.example.org/v1/session/oidc/callback',
  ]
  assert.deepEqual(namesOf({ ...JWT, ONELABEL_OIDC_CLIENT_ID, ONELABEL_OIDC_REDIRECT_URL }), [])
  const parts: Record<string, string>[] = [
    { ...JWT, ONELABEL_OIDC_CLIENT_ID },
    { ...JWT, ONELABEL_OIDC_REDIRECT_URL },
    { ...KEYS, ONELABEL_OIDC_CLIENT_ID, ONELABEL_OIDC_REDIRECT_URL },
  ]
  for (const part of parts) assert.deepEqual(namesOf(part), ['ONELABEL_OIDC_CLIENT_ID'])
})

test('half of the settings for tokens or TLS is refused, and every fault is said at once', () => {
  const { ONELABEL_JWT_ISSUER } = JWT
  const half = { ONELABEL_HOST: '0.0.0.0', ONELABEL_TLS_CERT: '/c.pem' }
  assert.deepEqual(namesOf({ ...half, ONELABEL_JWT_ISSUER }), ['ONELABEL_JWT_ISSUER', 'ONELABEL_TLS_CERT'])
  const without = { ONELABEL_JWT_AUDIENCE: 'a', ONELABEL_JWT_JWKS: '/jwks' }
  assert.deepEqual(namesOf({ ...half, ...without }), ['ONELABEL_JWT_ISSUER', 'ONELABEL_TLS_CERT', 'ONELABEL_HOST'])
})

test('keys of the token provider never come over plain http', () => {
  const read = readConfig({ ONELABEL_JWT_JWKS: 'http://i/jwks' })
  assert.ok(!read.ok)
  assert.match(read.faults[0] ?? '', /^ONELABEL_JWT_JWKS: must be an https URL or a file/)
})

test('an open address warns of what is open: everyone, and everything in the clear', () => {
  const open = settings({ ONELABEL_HOST: '0.0.0.0', ONELABEL_ALLOW_ANONYMOUS: '1' })
  assert.equal(exposureWarnings(open).length, 2)
  assert.equal(exposureWarnings(settings({ ONELABEL_HOST: '0.0.0.0', ...KEYS })).length, 1)
  const tls = { ONELABEL_TLS_CERT: '/c.pem', ONELABEL_TLS_KEY: '/k.pem' }
  assert.deepEqual(exposureWarnings(settings({ ONELABEL_HOST: '0.0.0.0', ...KEYS, ...tls })), [])
  assert.deepEqual(exposureWarnings(settings({})), [])
})

test('whom nobody knows may change the service only from its own machine, and comes from elsewhere only if told so', () => {
  const scopes = (host: string, allowAnonymous: boolean) => {
    const { here, elsewhere } = anonymousAccess({ host, allowAnonymous })
    return [here.scopes, elsewhere?.scopes]
  }
  const anyone = ['submit', 'metrics']
  const here = [...anyone, 'admin']
  assert.deepEqual(scopes('127.0.0.1', false), [here, undefined])
  assert.deepEqual(scopes('127.0.0.1', true), [here, anyone])
  assert.deepEqual(scopes('0.0.0.0', true), [anyone, anyone])
})

test('whom nobody knows may have a URL called only from its own machine', () => {
  assert.ok(hasScope(anonymousAccess({ host: '127.0.0.1', allowAnonymous: false }).here, 'callback'))
  assert.ok(!hasScope(anonymousAccess({ host: '0.0.0.0', allowAnonymous: true }).here, 'callback'))
})

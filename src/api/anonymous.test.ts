import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Request } from 'express'
import { faultOf } from '../../test/fixtures/fault.ts'
import { anonymousAccess } from '../security/exposure.ts'
import { anonymousIdentity } from './anonymous.ts'

const closed = anonymousAccess({ host: '127.0.0.1', allowAnonymous: false })
const open = anonymousAccess({ host: '127.0.0.1', allowAnonymous: true })
const everywhere = anonymousAccess({ host: '0.0.0.0', allowAnonymous: true })

const request = (headers: Record<string, string>, method = 'GET') =>
  ({ method, headers, get: (name: string) => headers[name] }) as Request
const scopesOf = (access: typeof closed, headers: Record<string, string>) =>
  anonymousIdentity(access, request(headers)).scopes

const HERE = [
  'localhost',
  'LocalHost:8080',
  'onelabel.localhost:8080',
  '127.0.0.1:8080',
  '127.1.2.3',
  '[::1]',
  '[::1]:8080',
]
/** The last ones are ways to write or to wrap our own addresses that no client of ours uses. */
const ELSEWHERE = [
  'rebound.example.org:8080',
  'localhost.example.org',
  'notlocalhost',
  '10.0.0.1:8080',
  '0.0.0.0:8080',
  '[2001:db8::1]',
  '',
  '::1',
  '127.1',
  'localhost@example.org',
  'localhost:80:80',
  '[::1].example.org',
]

test('a Host that is this machine’s own may do everything; any other is refused, told how, and never repeated', () => {
  for (const host of HERE) assert.deepEqual(scopesOf(closed, { host }), ['submit', 'metrics', 'admin'], host)
  for (const host of ELSEWHERE) {
    const refused = () => scopesOf(closed, { host })
    assert.throws(refused, faultOf('forbidden', /^without keys only the hosts localhost.*ONELABEL_KEYS_FILE/), host)
    if (host.includes('example')) assert.throws(refused, faultOf('forbidden', /^((?!example).)*$/), host)
  }
  assert.throws(() => scopesOf(closed, {}), faultOf('forbidden', /localhost/))
})

const PROXIED = ['forwarded', 'via', 'x-real-ip', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']

test('what came through a proxy is refused, and told which settings let it in', () => {
  for (const name of PROXIED) {
    assert.throws(
      () => scopesOf(closed, { host: 'localhost', [name]: 'x' }),
      faultOf('forbidden', /through a proxy.*ONELABEL_KEYS_FILE.*ONELABEL_ALLOW_ANONYMOUS=1/),
      name,
    )
  }
})

test('with ONELABEL_ALLOW_ANONYMOUS=1 callers from elsewhere send scans and change nothing; this machine still may', () => {
  for (const name of PROXIED) {
    assert.deepEqual(scopesOf(open, { host: 'localhost', [name]: 'x' }), ['submit', 'metrics'], name)
  }
  assert.deepEqual(scopesOf(open, { host: 'mri.example.org' }), ['submit', 'metrics'])
  assert.deepEqual(scopesOf(open, { host: 'localhost' }), ['submit', 'metrics', 'admin'])
})

test('on an address that is open to all nothing is looked at', () => {
  assert.deepEqual(scopesOf(everywhere, { host: 'mri.example.org', via: '1.1 proxy' }), ['submit', 'metrics'])
})

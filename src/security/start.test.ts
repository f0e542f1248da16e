import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from '../config.ts'
import { createLog } from '../telemetry/log.ts'
import { newKey } from './keys.ts'
import { openSecurity } from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-start-'))
after(() => rmSync(folder, { recursive: true }))
const [keysFile, jwksFile] = [join(folder, 'keys'), join(folder, 'jwks')]
const made = newKey('pacs', new Uint8Array(32), { scopes: ['submit'] })
writeFileSync(keysFile, made.line)
writeFileSync(jwksFile, '{"keys":[]}')

async function open(environment: Record<string, string>) {
  const read = readConfig(environment)
  assert.ok(read.ok)
  const lines: string[] = []
  const result = await openSecurity(read.config, createLog('info', { write: (line) => void lines.push(line) }))
  if (result.ok) result.security.access.close()
  return { result, lines }
}

test('without settings everyone on this machine may do everything, over plain http', async () => {
  const { result, lines } = await open({})
  assert.ok(result.ok)
  assert.equal(result.security.access.anonymous?.here.owner, 'anonymous')
  assert.equal(result.security.access.anonymous?.elsewhere, null)
  assert.deepEqual([result.security.tls, lines], [null, []])
})

test('with a file of keys nobody is anonymous, on loopback too, and a key is its owner', async () => {
  const { result } = await open({ ONELABEL_KEYS_FILE: keysFile, ONELABEL_ALLOW_ANONYMOUS: '1' })
  assert.ok(result.ok)
  const { access } = result.security
  assert.equal(access.anonymous, null)
  assert.equal((await access.identify(made.key)).owner, 'key:pacs')
  await assert.rejects(access.identify('a.b.c'), { fault: { kind: 'unauthenticated', message: 'the key is unknown' } })
})

test('an open address with keys starts, and the log says that the way there is in the clear', async () => {
  const { result, lines } = await open({ ONELABEL_KEYS_FILE: keysFile, ONELABEL_HOST: '0.0.0.0' })
  assert.ok(result.ok)
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).level),
    ['warn'],
  )
  assert.match(lines[0]!, /in the clear/)
})

const jwt = { ONELABEL_JWT_ISSUER: 'https://i', ONELABEL_JWT_AUDIENCE: 'a', ONELABEL_JWT_JWKS: jwksFile }
const REFUSED: readonly [what: string, environment: Record<string, string>, fault: RegExp][] = [
  ['an open address without keys', { ONELABEL_HOST: '0.0.0.0' }, /^ONELABEL_HOST: "0\.0\.0\.0" is not loopback/],
  [
    'no such file of keys',
    { ONELABEL_KEYS_FILE: join(folder, 'none') },
    /^ONELABEL_KEYS_FILE: cannot be read \(ENOENT\)$/,
  ],
  ['a file that holds no keys', { ONELABEL_KEYS_FILE: jwksFile }, /^ONELABEL_KEYS_FILE: line 1: /],
  ['a JWKS without keys', { ...jwt, ONELABEL_KEYS_FILE: keysFile }, /^ONELABEL_JWT_JWKS: is no set of public keys/],
  [
    'no such certificate',
    { ONELABEL_TLS_CERT: join(folder, 'none'), ONELABEL_TLS_KEY: keysFile },
    /^ONELABEL_TLS_CERT: cannot be used/,
  ],
  [
    'a webhook without a secret',
    { ONELABEL_WEBHOOK_URL: 'https://hooks.example.org/h' },
    /^ONELABEL_WEBHOOK_URL: nothing/,
  ],
  [
    'a callback list that is none',
    { ONELABEL_CALLBACK_HOSTS: 'a.org:443' },
    /^ONELABEL_CALLBACK_HOSTS: "a\.org:443" is no/,
  ],
]
for (const [what, environment, fault] of REFUSED) {
  test(`no start: ${what}`, async () => {
    const { result } = await open(environment)
    assert.ok(!result.ok)
    assert.match(result.faults.join('\n'), fault)
  })
}

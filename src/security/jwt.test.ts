import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AUDIENCE, hs256, ISSUER, provider, rs256, unsigned } from '../../test/fixtures/tokens.ts'
import { FaultError } from '../errors.ts'
import { createLog } from '../telemetry/log.ts'
import { parseJwks } from './jwks-file.ts'
import { openTokens, type TokenCheck } from './jwt.ts'

const NOW_S = 1_800_000_000
const log = createLog('silent')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-jwt-'))
const ours = provider(NOW_S)
let tokens: TokenCheck

before(async () => {
  const jwks = join(folder, 'jwks.json')
  writeFileSync(jwks, ours.jwks)
  const opened = await openTokens({ issuer: ISSUER, audience: AUDIENCE, jwks }, log, { nowMs: () => NOW_S * 1000 })
  assert.ok(opened.ok)
  tokens = opened.value
})
after(() => {
  tokens.close()
  rmSync(folder, { recursive: true })
})

async function refusal(token: string, check = tokens): Promise<string> {
  const error = await check.identify(token).catch((e: unknown) => e)
  assert.ok(error instanceof FaultError, `accepted: ${JSON.stringify(error)}`)
  return `${error.fault.kind}: ${error.fault.message}`
}

test('the owner of a token is a hash of issuer and subject, not the subject', async () => {
  const { owner, scopes, limits } = await tokens.identify(ours.token())
  const hash = createHash('sha256').update(`["${ISSUER}","jane@example.org"]`).digest('hex')
  assert.deepEqual({ owner, scopes, limits }, { owner: `jwt:${hash.slice(0, 32)}`, scopes: ['submit'], limits: {} })
})

test('callback, metrics and admin come only from the scope claim', async () => {
  const scopesOf = async (scope: unknown) => (await tokens.identify(ours.token({ scope }))).scopes
  assert.deepEqual(await scopesOf('openid onelabel:admin onelabel:metrics'), ['submit', 'metrics', 'admin'])
  assert.deepEqual(await scopesOf('onelabel:callback'), ['submit', 'callback'])
  assert.deepEqual(await scopesOf('admin callback onelabel:adminx'), ['submit'])
  assert.deepEqual(await scopesOf(['onelabel:admin']), ['submit'])
})

test('one of several audiences is enough, and 30 s between the clocks are forgiven', async () => {
  for (const claims of [{ aud: ['other', AUDIENCE] }, { exp: NOW_S - 29 }, { nbf: NOW_S + 30 }]) {
    assert.equal((await tokens.identify(ours.token(claims))).scopes.length, 1)
  }
})

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const REFUSED: readonly [what: string, token: string, sentence: RegExp][] = [
  ['expired', ours.token({ exp: NOW_S - 30 }), /the token is expired/],
  ['not yet valid', ours.token({ nbf: NOW_S + 31 }), /claim nbf/],
  ['without an end', ours.token({ exp: undefined }), /claim exp/],
  ['without a subject', ours.token({ sub: undefined }), /claim sub/],
  ['with an empty subject', ours.token({ sub: '' }), /claim sub/],
  ['with a subject that is no text', ours.token({ sub: 7 }), /claim sub/],
  ['of another issuer', ours.token({ iss: `${ISSUER}/` }), /claim iss/],
  ['for another audience', ours.token({ aud: 'pacs' }), /claim aud/],
  ['for no audience', ours.token({ aud: undefined }), /claim aud/],
  ['alg none', ours.forged({ alg: 'none' }, unsigned), /signed with one of RS256/],
  ['alg NoNe', ours.forged({ alg: 'NoNe' }, unsigned), /signed with one of RS256/],
  ['RS256 with its signature left out', ours.forged({ alg: 'RS256', kid: 'k1' }, unsigned), /signature/],
  [
    'HS256 by the public key as PEM',
    ours.forged({ alg: 'HS256', kid: 'k1' }, hs256(ours.publicPem)),
    /signed with one/,
  ],
  ['HS256 by the JWKS', ours.forged({ alg: 'HS256', kid: 'k1' }, hs256(ours.jwks)), /signed with one/],
  ["RS256 by a stranger's key", ours.forged({ alg: 'RS256', kid: 'k1' }, rs256(stranger.privateKey)), /signature/],
  [
    'RS256 by a key that the token brings along',
    ours.forged({ alg: 'RS256', jwk: stranger.publicKey.export({ format: 'jwk' }) }, rs256(stranger.privateKey)),
    /signature/,
  ],
  ['a key id that is a path', ours.token({}, { kid: '../../dev/null' }), /not exactly one key/],
  ['an extension that must be understood', ours.token({}, { crit: ['b64'], b64: false }), /malformed/],
  [
    'with a claim changed after signing',
    ours.token().replace(/\.[^.]+\./, `.${ours.token({ sub: 'x' }).split('.')[1]}.`),
    /signature/,
  ],
  ['two parts', 'a.b', /malformed/],
  ['five parts (encrypted)', 'a.b.c.d.e', /malformed/],
  ['no text', '', /malformed/],
]
for (const [what, token, sentence] of REFUSED) {
  test(`a token is refused: ${what}`, async () => {
    const said = await refusal(token)
    assert.match(said, /^unauthenticated: /)
    assert.match(said, sentence)
  })
}

test('ES256 and EdDSA tokens are taken, ES384 is not', async () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ed = generateKeyPairSync('ed25519')
  const keys = [ec, ed].map(({ publicKey }, i) => ({ ...publicKey.export({ format: 'jwk' }), kid: `c${i}` }))
  const jwks = join(folder, 'curves.json')
  writeFileSync(jwks, JSON.stringify({ keys }))
  const opened = await openTokens({ issuer: ISSUER, audience: AUDIENCE, jwks }, log, { nowMs: () => NOW_S * 1000 })
  assert.ok(opened.ok)
  const es = (input: string) => sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
  const eddsa = (input: string) => sign(null, Buffer.from(input), ed.privateKey)
  const { value } = opened
  const owners = [
    (await value.identify(ours.forged({ alg: 'ES256', kid: 'c0' }, es))).owner,
    (await value.identify(ours.forged({ alg: 'EdDSA', kid: 'c1' }, eddsa))).owner,
    (await tokens.identify(ours.token())).owner,
  ]
  assert.equal(new Set(owners).size, 1)
  assert.match(await refusal(ours.forged({ alg: 'ES384', kid: 'c0' }, es), value), /signed with one of/)
  value.close()
})

test('keys from a URL are fetched once and again when they are rotated; an outage is not the caller’s fault', async () => {
  let nowMs = NOW_S * 1000
  let answer = async () => new Response(ours.jwks)
  let fetches = 0
  const fetch = () => {
    fetches++
    return answer()
  }
  const settings = { issuer: ISSUER, audience: AUDIENCE, jwks: 'https://login.example.org/jwks' }
  const opened = await openTokens(settings, log, { nowMs: () => nowMs, fetch })
  assert.ok(opened.ok)
  const remote = opened.value
  const identify = remote.identify

  answer = async () => new Response('gone', { status: 502 })
  assert.match(await refusal(ours.token(), remote), /^identity-unavailable: /)
  answer = () => Promise.reject(new TypeError('fetch failed'))
  assert.match(await refusal(ours.token(), remote), /^identity-unavailable: /)
  assert.equal(fetches, 1, 'five seconds of pause after a failure')
  nowMs += 5000
  answer = async () => new Response('not JSON')
  assert.match(await refusal(ours.token(), remote), /^identity-unavailable: /)
  assert.equal(fetches, 2)

  nowMs += 5000
  answer = async () => new Response(ours.jwks)
  await Promise.all([identify(ours.token()), identify(ours.token())])
  await identify(ours.token())
  assert.equal(fetches, 3)
  const rotated = provider(NOW_S, 'k2')
  assert.match(await refusal(rotated.token(), remote), /^unauthenticated: .*not exactly one key/)
  assert.equal(fetches, 3, 'an unknown key id does not make us fetch within 30 s of the last fetch')
  remote.close()
})

test('a file of keys that holds a secret, a private key or nothing is refused', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const wrong = ['', '{}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}']
  for (const text of [...wrong, JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] })]) {
    assert.equal(parseJwks(text).ok, false, text)
  }
})

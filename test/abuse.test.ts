/**
 * What an attacker sends, and what the service answers: tables of input → answer. Malformed requests and files of
 * honest clients are in requests.test.ts and malformed.test.ts.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { type GuardedService, raw, startGuardedService } from './fixtures/guarded.ts'
import { PATIENCE_MS } from './fixtures/patience.ts'
import { startTestService, succeed, until } from './fixtures/service.ts'
import { hs256, unsigned } from './fixtures/tokens.ts'

/** The upload time limit of the service for slow uploads, so short that the test need not wait for long. */
const HASTY_MS = 500
const SCANS = '/v1/segmentations'
const BOUNDARY = 'onelabel-boundary'
let service: GuardedService
let key: string

before(async () => {
  service = await startGuardedService({ uploadTimeoutMs: PATIENCE_MS, maxUploadBytes: 2 ** 20 })
  key = await service.addKey('pacs', ['submit'])
})
after(() => service.close())
afterEach(() => {
  service.inner.segment = succeed
})

const bearer = (credential: string): string => `Authorization: Bearer ${credential}`

/** One request, byte for byte as it is written here. */
function send(method: string, path: string, headers: readonly string[] = [], body = '', from?: string) {
  const length = method === 'GET' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const head = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...length, ...headers, '', '']
  return raw(service.port, [head.join('\r\n'), body], from)
}

function part(name: string, value: string, filename?: string): string {
  const file = filename === undefined ? '' : `; filename="${filename}"`
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`
}
const post = (parts: string, headers: readonly string[] = [bearer(key)], from?: string) =>
  send(
    'POST',
    SCANS,
    [`Content-Type: multipart/form-data; boundary=${BOUNDARY}`, ...headers],
    `${parts}--${BOUNDARY}--\r\n`,
    from,
  )
const scan = part('t1', 'scan', 'a.nii')

/** Uploads on their way. */
const uploads = () => readdirSync(join(service.inner.dataDir, 'incoming'))
/** Files that this process, which is the service too, holds open. */
const descriptors = () => readdirSync('/proc/self/fd').length

/** A right key that is not in the file. */
const unknownKey = () => `ol_pacs_${randomBytes(32).toString('base64url')}`
const changed = () => key.replace(/.{43}$/, (secret) => (secret[0] === 'A' ? 'B' : 'A') + secret.slice(1))

const CREDENTIALS: readonly [
  what: string,
  status: number,
  code: string,
  headers: () => Promise<string[]> | string[],
][] = [
  ['none', 401, 'unauthenticated', () => []],
  ['an unknown key', 401, 'unauthenticated', () => [bearer(unknownKey())]],
  ['a key with one character changed', 401, 'unauthenticated', () => [bearer(changed())]],
  ['a key under the id of another', 401, 'unauthenticated', () => [bearer(key.replace('pacs', 'first'))]],
  [
    'an expired key',
    401,
    'unauthenticated',
    async () => [bearer(await service.addKey('old', ['submit'], '2020-01-01T00:00:00Z'))],
  ],
  [
    'a key replayed after it was withdrawn',
    401,
    'unauthenticated',
    async () => {
      const withdrawn = await service.addKey('gone', ['submit'])
      assert.equal((await post(scan, [bearer(withdrawn)])).status, 200)
      await service.withdraw('gone')
      return [bearer(withdrawn)]
    },
  ],
  ['a key of another scope', 403, 'forbidden', async () => [bearer(await service.addKey('prometheus', ['metrics']))]],
  ['a key beside another', 400, 'malformed-request', () => [bearer(key), `X-Api-Key: ${unknownKey()}`]],
  ['two X-Api-Key headers', 401, 'unauthenticated', () => [`X-Api-Key: ${unknownKey()}`, `X-Api-Key: ${key}`]],
  ['a token with alg none', 401, 'unauthenticated', () => [bearer(service.provider.forged({ alg: 'none' }, unsigned))]],
  [
    'a token signed HS256 with the public key',
    401,
    'unauthenticated',
    () => [bearer(service.provider.forged({ alg: 'HS256', kid: 'k1' }, hs256(service.provider.publicPem)))],
  ],
  [
    'a token replayed after it expired',
    401,
    'unauthenticated',
    () => [bearer(service.provider.token({ exp: Math.floor(Date.now() / 1000) - 31 }))],
  ],
  ['a token for another service', 401, 'unauthenticated', () => [bearer(service.provider.token({ aud: 'pacs' }))]],
]
for (const [index, [what, status, code, headers]] of CREDENTIALS.entries()) {
  test(`credentials: ${what} → ${status} ${code}, and nothing is computed`, async () => {
    const asked = await headers()
    service.inner.segment = () => assert.fail('computed')
    const answer = await post(scan, asked, `127.0.1.${index + 1}`)
    assert.deepEqual([answer.status, answer.code], [status, code], answer.text)
    assert.deepEqual(uploads(), [])
  })
}

test('credentials: guessed keys → 401 ten times, then 429 with Retry-After; the right key still passes', async () => {
  const from = '127.0.2.1'
  const answers = []
  for (let i = 0; i < 12; i++) answers.push(await send('GET', '/v1/models', [bearer(unknownKey())], '', from))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...Array(10).fill(401), 429, 429],
  )
  assert.match(answers[11]!.text, /^Retry-After: [1-9]\d?\r$/m)
  assert.equal((await send('GET', '/v1/models', [bearer(key)], '', from)).status, 200)
})

test("another owner's job → 404, word for word the answer for a job that never was", async () => {
  const accepted = await post(scan, [bearer(key), 'Prefer: respond-async'])
  const path = /^Location: (\S+)/im.exec(accepted.text)?.[1] ?? ''
  assert.match(path, /^\/v1\/segmentations\/[0-9a-f-]{36}$/)
  const id = path.split('/').at(-1)!
  await service.inner.ended(id)
  const stranger = await service.addKey('stranger', ['submit', 'admin'])
  const token = service.provider.token({ sub: 'key:pacs' })
  const never = `${SCANS}/00000000-0000-4000-8000-000000000000`
  const problemOf = ({ text }: { text: string }) => /"title":.*"detail":"[^"]*"/.exec(text)?.[0]
  for (const credential of [stranger, token]) {
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '/labels'],
      ['GET', '/events'],
      ['DELETE', ''],
    ] as const) {
      const theirs = await send(method, path + rest, [bearer(credential)])
      const nobodys = await send(method, never + rest, [bearer(credential)])
      assert.deepEqual([theirs.status, theirs.code], [404, 'not-found'], `${method} ${rest}`)
      assert.equal(problemOf(theirs), problemOf(nobodys))
    }
  }
  assert.equal((await send('GET', `${path}/labels`, [bearer(key)])).status, 200, 'its owner still has it')
})

const ESCAPE = 'onelabel-escape-marker'
const PATHS: readonly [path: string, status: number, code: string][] = [
  [`${SCANS}/../../../../etc/passwd`, 404, 'not-found'],
  [`${SCANS}/..%2f..%2f..%2fetc%2fpasswd`, 404, 'not-found'],
  [`${SCANS}/%2e%2e%2f%2e%2e%2f/labels`, 404, 'not-found'],
  [`${SCANS}/..%5c..%5cwindows/labels`, 404, 'not-found'],
  [`${SCANS}/%00/labels`, 404, 'not-found'],
  [`${SCANS}/%c0%ae%c0%ae/labels`, 400, 'malformed-request'],
  [`${SCANS}/${'a'.repeat(4000)}`, 404, 'not-found'],
  [`${SCANS}/'%20OR%20'1'='1/labels`, 404, 'not-found'],
  [`${SCANS}/__proto__`, 404, 'not-found'],
  ['/v1/models/..%2f..%2fpackage.json', 404, 'not-found'],
  ['/v1/models/constructor', 404, 'not-found'],
  ['//etc/passwd', 404, 'not-found'],
  ['http://169.254.169.254/latest/meta-data', 404, 'not-found'],
]
for (const [path, status, code] of PATHS) {
  test(`path: ${path.slice(0, 60)} → ${status} ${code}`, async () => {
    const answer = await send('GET', path, [bearer(key)])
    assert.deepEqual([answer.status, answer.code], [status, code])
    assert.ok(!answer.text.includes('root:'))
  })
}

const NAMES: readonly [name: string, status: number][] = [
  [`../../../../${ESCAPE}`, 200],
  [`..%2f..%2f${ESCAPE}`, 200],
  [`..\\\\..\\\\${ESCAPE}`, 200],
  [`/tmp/${ESCAPE}`, 200],
  [`${ESCAPE}\0.nii`, 400],
  [`..`, 400],
  [`con.nii`, 200],
  [`${ESCAPE}${'a'.repeat(5000)}.nii`, 200],
  ['$(touch onelabel-escape-marker).nii', 200],
]
for (const [name, status] of NAMES) {
  test(`file name: ${JSON.stringify(name.slice(0, 40))} → ${status}, and no such file anywhere`, async () => {
    let seen: string[] = []
    service.inner.segment = (task, options) => {
      seen = Object.values(task.scans)
      return succeed(task, options)
    }
    const answer = await post(part('t1', 'scan', name))
    assert.equal(answer.status, status, answer.text)
    assert.equal(seen.length, status === 200 ? 1 : 0)
    assert.ok(
      seen.every((path) => !path.includes(ESCAPE)),
      seen.join(),
    )
    const around = [tmpdir(), '/tmp', process.cwd(), join(service.inner.dataDir, '..')]
    for (const folder of around) assert.ok(!existsSync(join(folder, ESCAPE)))
    assert.ok(!service.inner.leftovers().some((file) => file.includes(ESCAPE)))
    assert.ok(!service.inner.logLines.some((line) => line.includes(ESCAPE)))
  })
}

const TINY = 10_000
const PARTS: readonly [what: string, code: string, parts: () => string][] = [
  ['10 000 texts', 'malformed-multipart', () => Array.from({ length: TINY }, (_, i) => part(`f${i}`, 'x')).join('')],
  ['10 000 files', 'unknown-channel', () => Array.from({ length: TINY }, (_, i) => part(`f${i}`, 'x', 'a')).join('')],
  ['10 000 files for t1', 'duplicate-channel', () => part('t1', 'x', 'a').repeat(TINY)],
  ['10 000 empty parts', 'malformed-multipart', () => part('', '').repeat(TINY)],
  [
    'one part with 10 000 headers',
    'malformed-multipart',
    () => part('t1', 'x', 'a').replace('\r\n\r\n', `\r\n${'A: b\r\n'.repeat(TINY)}\r\n`),
  ],
]
for (const [what, code, parts] of PARTS) {
  test(`parts: ${what} → 400 ${code}, and no file is left`, async () => {
    const body = parts()
    assert.ok(Buffer.byteLength(body) < 2 ** 20, 'the size alone would be refused')
    const answer = await post(body)
    assert.deepEqual([answer.status, answer.code], [400, code], answer.text)
    await until(() => uploads().length === 0)
  })
}

const HEAD = `POST ${SCANS}?channel=t1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n`
const SMUGGLED: readonly [what: string, bytes: () => string][] = [
  ['two lengths', () => `${HEAD}${bearer(key)}\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nscan`],
  [
    'a length and chunks',
    () => `${HEAD}${bearer(key)}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['chunks of no known form', () => `${HEAD}${bearer(key)}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['a length that is negative', () => `${HEAD}${bearer(key)}\r\nContent-Length: -1\r\n\r\n`],
  ['headers of 64 KiB', () => `${HEAD}X: ${'x'.repeat(65_536)}\r\n\r\n`],
  [
    'a line of header within a key',
    () => `${HEAD}Authorization: Bearer x\nX-Api-Key: ${key}\r\nContent-Length: 0\r\n\r\n`,
  ],
]
for (const [what, bytes] of SMUGGLED) {
  test(`HTTP: ${what} → 4xx once, and the connection is closed`, async () => {
    const answer = await raw(service.port, [bytes(), 'GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'])
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text)
    assert.ok(!answer.text.includes('HTTP/1.1 200'))
  })
}

const TRICKLES: readonly [what: string, start: () => string][] = [
  ['headers', () => `${HEAD}X-Long: `],
  ['a raw body', () => `${HEAD}${bearer(key)}\r\nContent-Length: 100000\r\n\r\n`],
  ['a chunked body', () => `${HEAD}${bearer(key)}\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n`],
  [
    'a multipart body',
    () =>
      `POST ${SCANS} HTTP/1.1\r\nHost: x\r\n${bearer(key)}\r\nContent-Length: 100000\r\n` +
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}\r\n\r\n${part('t1', '', 'a').slice(0, -2)}`,
  ],
]
for (const [what, start] of TRICKLES) {
  test(`slow loris: ${what} a byte at a time, 20 at once → 408 or, beyond the queue, 503 beyond the queue; no file or descriptor is left`, async (t) => {
    const hasty = await startTestService({ uploadTimeoutMs: HASTY_MS })
    t.after(() => hasty.close())
    const openBefore = descriptors()
    const answers = await Promise.all(Array.from({ length: 20 }, () => trickle(hasty.port, start())))
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 (408|503) /)
    assert.ok(answers.some((answer) => answer.startsWith('HTTP/1.1 408')))
    await until(() => hasty.leftovers().length === 0)
    await until(() => descriptors() <= openBefore)
  })
}

/** A byte every 50 ms, which never stalls, until the service closes; the answer. */
function trickle(port: number, start: string): Promise<string> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(start)
      timer = setInterval(() => socket.writable && socket.write('x'), 50)
    })
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(timer)
      resolve(answer)
    })
  })
}

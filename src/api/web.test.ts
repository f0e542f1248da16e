/** The files of a page: a folder made here, and the page itself as the service has it. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { startGuardedService } from '../../test/fixtures/guarded.ts'
import { startTestService, type TestService } from '../../test/fixtures/service.ts'
import { OPENAPI } from './app.ts'
import { readFolder, readWebFiles } from './web-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-web-'))
let service: TestService
before(async () => {
  service = await startTestService({ basePath: '/onelabel' })
})
after(async () => {
  await service.close()
  rmSync(folder, { recursive: true })
})

/** Asks with node:http, which sends the path as it is written and decompresses nothing. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number
    headers: Readonly<Record<string, string | string[] | undefined>>
    body: Buffer
  }>()
  const asked = request({ port: service.port, path, headers, method }, (answer) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('end', () =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
    )
  })
  asked.on('error', reject).end()
  return promise
}

test('a folder is served as what a browser reads; what only says how it is made is left out', async () => {
  mkdirSync(join(folder, 'view'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'view/index.html'), '<!doctype html>')
  writeFileSync(
    join(folder, 'view/plane.ts'),
    "import type { A } from './a.ts'\nexport const one: number = 1 as number\n",
  )
  for (const name of ['tsconfig.json', 'README.md', 'view/plane.test.ts', 'view/a.d.ts', '.env']) {
    writeFileSync(join(folder, name), '{}')
  }
  const files = await readFolder(folder)
  assert.deepEqual([...files.keys()], ['/', '/view/', '/view/plane.ts'])
  const { type, body } = files.get('/view/plane.ts')!
  assert.equal(type, 'text/javascript; charset=utf-8')
  const module = await import(`data:text/javascript,${encodeURIComponent(body.toString())}`)
  assert.equal(module.one, 1)
  assert.equal(body.toString().split('\n')[1]!.indexOf('1'), 27, 'columns are those of the source')
})

test('a file whose types cannot be erased is told by its name', async () => {
  const wrong = join(folder, 'wrong')
  mkdirSync(wrong)
  writeFileSync(join(wrong, 'names.ts'), 'export enum Names { one }\n')
  await assert.rejects(readFolder(wrong), /names\.ts is no TypeScript of which the types can be erased/)
})

test('the page is there under the prefix and without it, and no browser lets anything in from elsewhere', async () => {
  for (const path of ['/', '/onelabel/']) {
    const { status, headers, body } = await ask(path)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.match(String(body), /Research use only/)
    const policy = String(headers['content-security-policy']).split('; ')
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]) {
      assert.ok(policy.includes(rule), rule)
    }
    assert.doesNotMatch(policy.join(), /unsafe|\*|https?:/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    assert.match(String(headers['permissions-policy']), /camera=\(\)/)
  }
  const { headers } = await ask('/v1/models')
  assert.match(String(headers['content-security-policy']), /^default-src 'none';/)
  assert.doesNotMatch(String(headers['content-security-policy']), /'self'/)
})

test('every address in our pages and modules is relative or of our own origin', async () => {
  for (const [path, { type, body }] of await readWebFiles(OPENAPI)) {
    if (path.startsWith('/vendor/')) continue
    const text = body.toString()
    if (type.startsWith('text/html')) {
      const addresses = [...text.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, address]) => address!)
      assert.deepEqual(
        addresses.filter((address) => /^(\/|(?!data:image\/)[a-z]+:)/.test(address)),
        [],
        path,
      )
      assert.doesNotMatch(
        text,
        /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=/,
        `${path} holds what the policy forbids`,
      )
    }
    const imported = [...text.matchAll(/^\s*(?:import|export)\b[^'"]*from\s*['"]([^'"]+)['"]/gm)].map(
      ([, from]) => from!,
    )
    assert.deepEqual(
      imported.filter((from) => !from.startsWith('.')),
      [],
      path,
    )
  }
})

test('what is large goes compressed as the browser can take it, and each form has a tag of its own', async () => {
  const plain = await ask('/vendor/niivue.js', { 'Accept-Encoding': 'identity' })
  assert.deepEqual([plain.status, plain.headers['content-encoding']], [200, undefined])
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8')
  assert.match(String(plain.headers['vary']), /Accept-Encoding/)
  const brotli = await ask('/vendor/niivue.js', { 'Accept-Encoding': 'gzip, deflate, br, zstd' })
  assert.equal(brotli.headers['content-encoding'], 'br')
  assert.ok(brotliDecompressSync(brotli.body).equals(plain.body))
  const gzipped = await ask('/vendor/niivue.js', { 'Accept-Encoding': 'gzip' })
  assert.ok(gunzipSync(gzipped.body).equals(plain.body))
  assert.ok(gzipped.body.length < 2 ** 20)
  const tags = [plain, brotli, gzipped].map(({ headers }) => headers['etag'])
  assert.equal(new Set(tags).size, 3)
  for (const [tag, accepted] of [
    [tags[0], 'identity'],
    [tags[1], 'br'],
  ] as const) {
    const again = await ask('/vendor/niivue.js', { 'Accept-Encoding': accepted, 'If-None-Match': String(tag) })
    assert.deepEqual([again.status, again.body.length, again.headers['etag']], [304, 0, tag])
  }
  const head = await ask('/vendor/niivue.js', { 'Accept-Encoding': 'br' }, 'HEAD')
  assert.deepEqual([head.status, head.body.length], [200, 0])
  assert.equal(head.headers['content-length'], String(brotli.body.length))
})

const OUTSIDE = [
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/package.json',
  '/vendor/../../package.json',
  '/vendor/..%5c..%5cpackage.json',
  '/index.html',
  '/tsconfig.json',
  '/vendor/',
  '/vendor/index.js',
  '//style.css',
  '/style.css/',
  '/STYLE.css',
  '/style.css%00',
  '/__proto__',
  '/constructor',
]

test('what is not in the table is not there, however it is written', async () => {
  const linked = join(folder, 'linked')
  mkdirSync(linked)
  symlinkSync('..', join(linked, 'up'))
  assert.deepEqual([...(await readFolder(linked)).keys()], [])
  for (const path of OUTSIDE) assert.ok([400, 404].includes((await ask(path)).status), path)
})

test('a file is read and nothing else', async () => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const { status, headers } = await ask('/style.css', {}, method)
    assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'])
  }
})

test('where keys are asked for the page is open, what it asks for is not; requests are counted by file', async (t) => {
  const guarded = await startGuardedService()
  t.after(() => guarded.close())
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${guarded.port}${path}`)).status
  for (const path of ['/', '/style.css', '/vendor/niivue.js']) assert.equal(await statusOf(path), 200, path)
  assert.equal(await statusOf('/v1/models'), 401)
  await ask('/style.css')
  const metrics = String((await ask('/metrics')).body)
  assert.match(metrics, /route="\/style\.css",status="200"/)
})

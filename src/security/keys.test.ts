import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { until } from '../../test/fixtures/service.ts'
import { createLog } from '../telemetry/log.ts'
import { type KeyRing, newKey, openKeys, parseKeys } from './keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-keys-'))
after(() => rmSync(folder, { recursive: true }))

const SUBMIT = { scopes: ['submit' as const] }
const a = newKey('pacs', new Uint8Array(32).fill(1), SUBMIT)
const b = newKey('pacs', new Uint8Array(32).fill(2), { scopes: ['admin'], limits: { jobs: 2, bytes: 1000 } })

async function ring(text: string, options = {}): Promise<KeyRing & { path: string; lines: string[] }> {
  const path = join(folder, `${Math.random()}`)
  writeFileSync(path, text)
  return ringOf(path, options)
}

async function ringOf(path: string, options = {}): Promise<KeyRing & { path: string; lines: string[] }> {
  const lines: string[] = []
  const opened = await openKeys(path, createLog('debug', { write: (line) => void lines.push(line) }), options)
  assert.ok(opened.ok)
  opened.value.close() // of the poll; the tests refresh by hand
  return { ...opened.value, path, lines }
}

test('a key is ol_, its id and 43 characters of 32 bytes; the file holds the SHA-256 that sha256sum finds', () => {
  assert.equal(a.key, `ol_pacs_${'AQEB'.repeat(10)}AQE`) // 0x01 01 01 is AQEB in base64 (RFC 4648), 32 = 10 · 3 + 2
  const sha256 = execFileSync('sha256sum', { input: a.key }).toString().slice(0, 64)
  assert.deepEqual(JSON.parse(a.line), { id: 'pacs', sha256, scopes: ['submit'] })
})

test('a key of the file is its owner with scopes and limits; both keys of an id are one owner', async () => {
  const keys = await ring(`# ours\n\n${a.line}\n${b.line}\n`)
  assert.deepEqual(keys.identify(a.key), { owner: 'key:pacs', scopes: ['submit'], limits: {} })
  assert.deepEqual(keys.identify(b.key), { owner: 'key:pacs', scopes: ['admin'], limits: { jobs: 2, bytes: 1000 } })
})

test('any other text is no key: one character changed, another id, a hash, an end more, nothing', async () => {
  const keys = await ring(a.line)
  const { sha256 } = JSON.parse(a.line) as { sha256: string }
  const wrong = [
    a.key.replace('AQEB', 'AQEC'),
    a.key.replace('pacs', 'ris'),
    sha256,
    `${a.key}A`,
    `${a.key}\n`,
    '',
    b.key,
  ]
  // The last of 43 characters carries two bits that base64url ignores: E, F, G and H decode to the same 32 bytes.
  for (const key of [...wrong, a.key.replace(/E$/, 'F')]) assert.equal(keys.identify(key), 'unknown', key)
})

test('a key is good until the moment it expires', async () => {
  let nowMs = Date.parse('2026-12-31T23:59:59.999Z')
  const { key, line } = newKey('x', new Uint8Array(32), { ...SUBMIT, expires: '2027-01-01T01:00:00+01:00' })
  const keys = await ring(line, { nowMs: () => nowMs })
  assert.equal(typeof keys.identify(key), 'object')
  nowMs += 1
  assert.equal(keys.identify(key), 'expired')
})

test('a changed file counts at once when looked at: keys come and go without a restart', async () => {
  const keys = await ring(a.line)
  writeFileSync(`${keys.path}.new`, b.line)
  renameSync(`${keys.path}.new`, keys.path)
  await keys.refresh()
  assert.deepEqual([keys.identify(a.key), typeof keys.identify(b.key)], ['unknown', 'object'])
  writeFileSync(keys.path, '')
  await keys.refresh()
  assert.equal(keys.identify(b.key), 'unknown', 'all were taken out, so nobody is let in')
})

test('a broken or missing new file keeps the old keys and is logged once', async () => {
  const keys = await ring(a.line)
  writeFileSync(keys.path, `${b.line}\n{"id":"half`)
  await keys.refresh()
  await keys.refresh()
  assert.equal(typeof keys.identify(a.key), 'object')
  assert.equal(keys.identify(b.key), 'unknown')
  rmSync(keys.path)
  await keys.refresh()
  assert.equal(typeof keys.identify(a.key), 'object')
  const said = keys.lines.map((line) => JSON.parse(line)).map(({ level, reason }) => [level, reason.slice(0, 23)])
  assert.deepEqual(said, [
    ['error', 'line 2: Invalid input: '],
    ['error', 'cannot be read (ENOENT)'],
  ])
})

test('a mounted file that was replaced behind the mount is told in the log, once, and why changes are not seen', {
  skip: existsSync('/proc/self/fd') ? false : 'no /proc to reach a file that was deleted',
}, async () => {
  const path = join(folder, 'mounted')
  writeFileSync(path, a.line)
  const descriptor = openSync(path, 'r')
  // As inside a container: a path that leads to the inode and not to the name.
  const keys = await ringOf(`/proc/self/fd/${descriptor}`)
  await keys.refresh()
  assert.deepEqual([keys.staleBecause(), keys.lines], [null, []])
  writeFileSync(`${path}.new`, b.line)
  renameSync(`${path}.new`, path)
  await keys.refresh()
  await keys.refresh()
  closeSync(descriptor)
  assert.match(keys.staleBecause() ?? '', /^ONELABEL_KEYS_FILE: .*mount its folder/)
  const said = keys.lines.map((line) => JSON.parse(line)).map(({ level, setting, msg }) => [level, setting, msg])
  const msg = 'the mounted file was replaced and the old one is still read; mount its folder'
  assert.deepEqual(said, [['error', 'ONELABEL_KEYS_FILE', msg]])
})

test('the poll sees a change by itself', async () => {
  const path = join(folder, 'polled')
  writeFileSync(path, a.line)
  const opened = await openKeys(path, createLog('silent'), { pollMs: 5 })
  assert.ok(opened.ok)
  writeFileSync(path, b.line)
  const { value: ring } = opened
  await until(() => typeof ring.identify(b.key) === 'object').finally(ring.close)
})

test('a file without keys does not start; every wrong line is named by its number and field', async () => {
  const missing = await openKeys(join(folder, 'none'), createLog('silent'))
  assert.deepEqual(missing, { ok: false, reason: 'cannot be read (ENOENT)' })
  const right = JSON.parse(a.line)
  const wrong: readonly [object | string, RegExp][] = [
    ['', /^holds no key$/],
    ['ol_pacs_secret', /^line 1: Invalid input/],
    [{ ...right, id: 'Jane Doe' }, /^line 1: id 1 to 40 of a-z/],
    [{ ...right, sha256: 'AB' }, /^line 1: sha256 64 lower-case hex/],
    [{ ...right, scopes: [] }, /^line 1: scopes /],
    [{ ...right, scopes: ['root'] }, /^line 1: scopes 0 /],
    [{ ...right, expires: 'soon' }, /^line 1: expires /],
    [{ ...right, limits: { jobs: 0 } }, /^line 1: limits jobs /],
    [{ ...right, limit: {} }, /^line 1: .*limit/],
  ]
  for (const [line, expected] of wrong) {
    const parsed = parseKeys(typeof line === 'string' ? line : JSON.stringify(line), true)
    assert.ok(!parsed.ok)
    assert.match(parsed.reason, expected)
  }
})

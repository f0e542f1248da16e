/** `onelabel keys` and `onelabel audit` as processes. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { auditLine, FIRST_PREVIOUS } from '../security/audit.ts'
import { openKeys } from '../security/keys.ts'
import { createLog } from '../telemetry/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-cli-'))
after(() => rmSync(folder, { recursive: true }))

function onelabel(...args: readonly string[]) {
  const cli = join(import.meta.dirname, '../cli.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('keys new: the key on stderr is the one that the line on stdout lets in', async () => {
  const options = ['--scope', 'submit', '--scope', 'callback', '--jobs', '2', '--expires', '2999-01-01T00:00:00Z']
  const { status, stdout, stderr } = onelabel('keys', 'new', '--id', 'pacs', ...options)
  assert.equal(status, 0)
  const path = join(folder, 'keys')
  appendFileSync(path, stdout)
  const ring = await openKeys(path, createLog('silent'))
  assert.ok(ring.ok)
  ring.value.close()
  assert.deepEqual(ring.value.identify(stderr.trim()), {
    owner: 'key:pacs',
    scopes: ['submit', 'callback'],
    limits: { jobs: 2 },
  })
  assert.ok(!stdout.includes(stderr.trim().slice('ol_pacs_'.length)), 'the line holds no secret')
})

test('keys new makes another key each time', () => {
  const made = [1, 2].map(() => onelabel('keys', 'new', '--id', 'a').stderr)
  assert.equal(new Set(made).size, 2)
})

test('wrong usage of keys and audit ends with 2 and says what is right', () => {
  const wrong: readonly [args: readonly string[], said: RegExp][] = [
    [['keys'], /'new'/],
    [['keys', 'new'], /--id: an id is 1 to 40/],
    [['keys', 'new', '--id', 'Jane Doe'], /--id: an id is 1 to 40/],
    [['keys', 'new', '--id', 'a', '--scope', 'root'], /--scope is one of submit, callback, metrics, pacs, hint, admin/],
    [['keys', 'new', '--id', 'a', '--expires', '2027-01-01'], /--expires is a time with its zone/],
    [['keys', 'new', '--id', 'a', '--jobs', '0'], /--jobs is a whole number from 1/],
    [['audit', 'verify', 'x', 'y'], /audit verify \[<file>\]/],
    [['audit', 'export', 'x'], /audit export \[--out <file>\]/],
    [['audit', 'verify', 'x', '--expect', 'y'], /64 hex digits/],
  ]
  for (const [args, said] of wrong) {
    const { status, stdout, stderr } = onelabel(...args)
    assert.deepEqual([status, stdout], [2, ''], args.join(' '))
    assert.match(stderr, said)
  }
})

test('audit verify: 0 with the last hash, 1 for a changed line, a missing hash or a missing file', async () => {
  const path = join(folder, 'audit.jsonl')
  const record = {
    time: '2026-01-01T00:00:00.000Z',
    owner: 'anonymous',
    jobId: '11111111-1111-4111-8111-111111111111',
    request: null,
    input: null,
    model: { id: 'm', sha256: 'a'.repeat(64) },
    outcome: { state: 'cancelled' },
    durationsMs: {},
  } as const
  const first = auditLine(record, 'mri', FIRST_PREVIOUS)
  const { text, hash: head } = auditLine(record, 'mri', first.hash)
  writeFileSync(path, `${first.text}\n${text}\n`)
  assert.deepEqual(onelabel('audit', 'verify', path, '--expect', head), {
    status: 0,
    stdout: `2 lines, the last of mri ${head}\n`,
    stderr: '',
  })
  assert.match(onelabel('audit', 'verify', path, '--expect', 'f'.repeat(64)).stderr, /lines are missing/)
  writeFileSync(path, readFileSync(path, 'utf8').replace('anonymous', 'key:other'))
  const changed = onelabel('audit', 'verify', path)
  assert.deepEqual([changed.status, changed.stderr], [1, 'line 2: does not follow the line before it\n'])
  const missing = onelabel('audit', 'verify', join(folder, 'none'))
  assert.deepEqual([missing.status, missing.stderr], [1, 'the file cannot be read (ENOENT)\n'])
})

/** openapi.yaml as two linters see it, where test/install-peers.sh has put them. What each leaves out, and why: test/openapi-lint/. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const BIN = join(process.env['ONELABEL_PEERS'] ?? join(homedir(), '.cache/onelabel-peers'), 'node_modules/.bin')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-openapi-'))
after(() => rmSync(folder, { recursive: true }))

const LINTERS = {
  redocly: ['lint', '--config', 'test/openapi-lint/redocly.yaml', '--max-problems', '20'],
  spectral: ['lint', '--ruleset', 'test/openapi-lint/spectral.yaml', '--fail-severity', 'hint'],
} as const

/** Redocly CLI tells its maker of each run and asks for a newer one unless it is told not to. */
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

function lint(name: keyof typeof LINTERS, path: string): { status: number | null; said: string } {
  const env = { ...process.env, ...QUIET }
  const { status, stdout, stderr } = spawnSync(join(BIN, name), [...LINTERS[name], path], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

/** An operation that names a schema which is not there, and has no name of its own. */
function withFaults(): string {
  const path = join(folder, 'openapi.yaml')
  const text = readFileSync(join(root, 'openapi.yaml'), 'utf8')
  const faulty = text
    .replace('      operationId: createSegmentation\n', '')
    .replaceAll('schemas/ScanFile', 'schemas/None')
  writeFileSync(path, faulty)
  return path
}

for (const name of ['redocly', 'spectral'] as const) {
  const skip = existsSync(join(BIN, name)) ? false : `no ${join(BIN, name)}`
  test(`${name} finds nothing in openapi.yaml, and finds what is planted there`, { skip }, () => {
    const clean = lint(name, 'openapi.yaml')
    assert.equal(clean.status, 0, clean.said)
    assert.doesNotMatch(clean.said, /\d+ warning/)
    const faulty = lint(name, withFaults())
    assert.notEqual(faulty.status, 0)
    assert.match(faulty.said, /schemas\/None/)
  })
}

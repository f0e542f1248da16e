import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makePassingDir, removeOlder } from './leftovers.ts'

test('only what was not touched for long enough is removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onelabel-leftovers-'))
  const dir = await makePassingDir(join(folder, 'incoming'))
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  for (const [name, touchedS] of [
    ['old', 1000],
    ['new', 1900],
  ] as const) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 't1.upload'), 'half a scan')
    utimesSync(join(dir, name), touchedS, touchedS)
  }
  assert.equal(await removeOlder(dir, 300_000, 2_000_000), 1)
  assert.deepEqual(readdirSync(dir), ['new'])
  rmSync(folder, { recursive: true })
})

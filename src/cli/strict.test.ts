/** `onelabel segment --strict` as a process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeTinyModel, tinyScan } from '../../test/fixtures/tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-strict-'))
after(() => rmSync(folder, { recursive: true }))

test('where there is no brain it ends with a fault that says what was seen, and without a map', async () => {
  await makeTinyModel(join(folder, 'models'))
  const [scan, out] = [join(folder, 'scan.nii.gz'), join(folder, 'labels.nii.gz')]
  writeFileSync(scan, tinyScan(24, { gz: true }))
  const cli = join(import.meta.dirname, '../cli.ts')
  const asked = [cli, 'segment', scan, '-o', out, '--models', join(folder, 'models'), '--device', 'cpu']
  const strict = spawnSync(process.execPath, [...asked, '--strict'], { encoding: 'utf8' })
  assert.equal(strict.status, 1, strict.stderr)
  assert.match(strict.stderr, /no brain was found: .* \(no-brain\)/)
  assert.equal(existsSync(out), false)
  const told = spawnSync(process.execPath, asked, { encoding: 'utf8' })
  assert.equal(told.status, 0, told.stderr)
  assert.match(told.stderr, /^warning: no brain was found: .* \(no-brain\)\n {2}The map has no meaning\.\n {2}→ Check/m)
  assert.equal(existsSync(out), true)
})

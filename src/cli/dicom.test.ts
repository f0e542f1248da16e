import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { makeCases } from '../../test/fixtures/made-dicom.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'

const scratch = mkdtempSync(join(tmpdir(), 'onelabel-inspect-'))
after(() => rmSync(scratch, { recursive: true }))
const skip = pydicomMissing
const cli = resolve(import.meta.dirname, '../cli.ts')

function inspect(...args: readonly string[]) {
  return spawnSync(process.execPath, [cli, 'dicom', 'inspect', ...args], { encoding: 'utf8' })
}

const rules = join(scratch, 'rules.json')
const score = [{ why: 'small and ours', points: 1, slices: { max: 6 } }]
writeFileSync(
  rules,
  JSON.stringify({ modalities: ['MR'], reject: [], channels: { t1: { least: 1, reject: [], score } } }),
)

test('inspect says for each series its grid or its fault, and the rule that chose or rejected it', { skip }, () => {
  const folders = makeCases(['whole', 'missing slice'], scratch)
  const whole = inspect(folders.get('whole')!)
  assert.equal(whole.status, 0, whole.stderr)
  assert.match(whole.stdout, /axial, 16 × 12 × 6 voxels of 1\.00 × 1\.00 × 1\.00 mm, RAS/)
  assert.match(whole.stdout, /t1: no, less of the head than 80 mm/)
  assert.doesNotMatch(whole.stdout, /NAME/)
  const ours = inspect(folders.get('whole')!, '--rules', rules)
  assert.match(ours.stdout, /t1: chosen, score 1 \(small and ours\)/)
  const missing = inspect(folders.get('missing slice')!, '--json')
  const [series] = JSON.parse(missing.stdout).series
  assert.equal(series.grid, null)
  assert.equal(series.fault.code, 'dicom-missing-slice')
  assert.equal(series.chosenFor, null)
})

test('a folder without DICOM is a fault, a wrong command or wrong rules are wrong usage', () => {
  const empty = join(scratch, 'empty')
  mkdirSync(empty)
  const nothing = inspect(empty)
  assert.equal(nothing.status, 1)
  assert.match(nothing.stderr, /\(not-dicom\)/)
  assert.equal(inspect(join(scratch, 'nowhere')).status, 2)
  assert.equal(inspect().status, 2)
  const wrong = join(scratch, 'wrong.json')
  writeFileSync(wrong, '{"modalities": []}')
  const refused = inspect(scratch, '--rules', wrong)
  assert.equal(refused.status, 2)
  assert.match(refused.stderr, /modalities/)
})

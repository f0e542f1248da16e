/** `onelabel segment --colour-tables` as a process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeTinyModel, tinyScan } from '../../test/fixtures/tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-colours-'))
after(() => rmSync(folder, { recursive: true }))

test('beside the label map there are its names and colours for four viewers, named after it', async () => {
  await makeTinyModel(join(folder, 'models'))
  const [scan, out] = [join(folder, 'scan.nii'), join(folder, 'out')]
  writeFileSync(scan, tinyScan())
  mkdirSync(out)
  const cli = join(import.meta.dirname, '../cli.ts')
  const asked = [cli, 'segment', scan, '-o', join(out, 'ann.nii.gz'), '--models', join(folder, 'models')]
  const { status, stderr } = spawnSync(process.execPath, [...asked, '--device', 'cpu', '--colour-tables'], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.deepEqual(readdirSync(out).sort(), [
    'ann.ctbl',
    'ann.freesurfer.txt',
    'ann.itksnap.txt',
    'ann.lut',
    'ann.nii.gz',
  ])
  assert.equal(readFileSync(join(out, 'ann.ctbl'), 'utf8').split('\n')[4], '2 lesion 220 60 60 255')
})

/** What `onelabel segment` draws of a result, as a process. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { PNG } from 'pngjs'
import { makeTinyModel, tinyScan } from '../../test/fixtures/tiny-model.ts'

/** The lesion's colour in the tiny model. */
const LESION = [220, 60, 60]

test('a picture is drawn of the result, and a page to print is made of it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'onelabel-pictures-'))
  t.after(() => rm(folder, { recursive: true }))
  const [scan, out, picture, pdf] = ['scan.nii.gz', 'labels.nii.gz', 'picture.png', 'report.pdf'].map((name) =>
    join(folder, name),
  )
  await makeTinyModel(join(folder, 'models'))
  await writeFile(scan!, tinyScan(24, { gz: true }))
  const line = [
    'segment',
    scan!,
    '-o',
    out!,
    '--picture',
    picture!,
    '--pdf',
    pdf!,
    '--models',
    join(folder, 'models'),
    '--device',
    'cpu',
  ]
  await promisify(execFile)(process.execPath, [resolve(import.meta.dirname, '../cli.ts'), ...line])
  const { data } = PNG.sync.read(await readFile(picture!))
  assert.ok(data.some((_, at) => at % 4 === 0 && LESION.every((value, c) => data[at + c] === value)))
  assert.equal((await readFile(pdf!)).subarray(0, 5).toString(), '%PDF-')
})

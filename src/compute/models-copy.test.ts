import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { makeTinyModel } from '../../test/fixtures/tiny-model.ts'
import { copyModels } from './models-copy.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onelabel-copy-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('what the card names is copied, and nothing else', async () => {
  const { folder: tiny } = await makeTinyModel(join(folder, 'models'))
  await writeFile(join(tiny, 'notes.txt'), 'not for serving')
  await copyModels(join(folder, 'models'), join(folder, 'copy'))
  assert.deepEqual((await readdir(join(folder, 'copy'), { recursive: true })).sort(), [
    'tiny',
    'tiny/card.json',
    'tiny/golden',
    'tiny/golden/labels.nii.gz',
    'tiny/golden/t1.nii.gz',
    'tiny/model.onnx',
  ])
  const [copied, original] = [join(folder, 'copy/tiny/model.onnx'), join(tiny, 'model.onnx')]
  assert.deepEqual(await readFile(copied), await readFile(original))
})

test('a copy that lies whole stays as it is; one that was interrupted is made anew', async () => {
  const { folder: tiny } = await makeTinyModel(join(folder, 'models'))
  await makeTinyModel(join(folder, 'copy.part'), { id: 'leftover' })
  await copyModels(join(folder, 'models'), join(folder, 'copy'))
  assert.deepEqual(await readdir(join(folder, 'copy')), ['tiny'])
  await writeFile(join(tiny, 'card.json'), 'overwritten')
  await copyModels(join(folder, 'models'), join(folder, 'copy'))
  assert.equal(JSON.parse(await readFile(join(folder, 'copy/tiny/card.json'), 'utf8')).id, 'tiny')
})

test('a file that is missing, or outside of the folder, makes the model invalid', async () => {
  const { folder: tiny, card } = await makeTinyModel(join(folder, 'models'))
  await rm(join(tiny, 'golden/t1.nii.gz'))
  await assert.rejects(
    copyModels(join(folder, 'models'), join(folder, 'copy')),
    faultOf('model-invalid', /model tiny lacks/),
  )
  const outside = { ...card, weights: { ...card.weights, file: 'golden/../../other.onnx' } }
  await writeFile(join(tiny, 'card.json'), JSON.stringify(outside))
  await assert.rejects(
    copyModels(join(folder, 'models'), join(folder, 'copy')),
    faultOf('model-invalid', /tiny names a file outside/),
  )
})

/**
 * A lab's own folders: tissue in the layout of MRBrainS13 and lesions in that of WMH 2017 (or BrainWeb and BRATS 2012) lie beside each other,
 * and `npx onelabel train` on the recipe for the two, made small, leaves a network. The subjects are phantoms.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { writeLabFolder, writeTumourFolder } from '../fixtures/lab-folder.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = await mkdtemp(join(tmpdir(), 'onelabel-folders-'))
after(() => rm(folder, { recursive: true }))

for (const { id, write } of [
  { id: 'wmh2017-mrbrains', write: writeLabFolder },
  { id: 'brats2012-brainweb', write: writeTumourFolder },
]) {
  test(`folders as ${id} names them train a network by the command`, { timeout: 3_600_000 }, async () => {
    await write(join(folder, 'data'))
    const patchVoxels = [32, 32, 32]
    const small = {
      extends: join(root, `training/recipes/${id}.json`),
      id,
      unet: { stem: 1, channels: [4, 8], convolutions: 1 },
      patchVoxels,
      inference: { patchVoxels },
      schedule: { steps: 3, warmupSteps: 1 },
    }
    await writeFile(join(folder, 'small.json'), JSON.stringify(small))

    const out = join(folder, 'runs')
    const args = ['onelabel', 'train', join(folder, 'small.json'), '--data', join(folder, 'data'), '--out', out]
    const { stdout } = await promisify(execFile)('npx', args, { cwd: root })
    assert.match(stdout, /3 of 3 steps .* finished/)
    assert.ok((await stat(join(out, id, 'model.onnx'))).size > 1000)
    const curve = await readFile(join(out, id, 'curve.csv'), 'utf8')
    assert.equal(curve.trim().split('\n').length, 1 + 3)
  })
}

test('without the folders the command says what is missing and fails', { timeout: 3_600_000 }, async () => {
  const train = (data: string): Promise<unknown> => {
    const recipe = join(root, 'training/recipes/wmh2017-mrbrains.json')
    const args = ['onelabel', 'train', recipe, '--data', data, '--out', join(folder, 'runs-nowhere')]
    return promisify(execFile)('npx', args, { cwd: root })
  }
  const empty = join(folder, 'empty')
  await mkdir(empty)
  await assert.rejects(train(empty), (error) => {
    assert.match(String(error), /mrbrains13-tissue: its folder is not in the data folder/)
    assert.match(String(error), /wmh2017: its folder is not in the data folder/)
    return true
  })
  const nowhere = join(folder, 'nowhere')
  await assert.rejects(train(nowhere), (error) => {
    assert.ok(String(error).includes(`onelabel train: there is no data folder ${nowhere}: --data says where it is`))
    return true
  })
})

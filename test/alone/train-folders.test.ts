/**
 * A lab's own folders: tissue in the layout of MRBrainS13 and lesions in that of WMH 2017 lie beside each other, and
 * `npx onelabel train` on the recipe for the two, made small, leaves a network. The subjects are phantoms.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { Volume } from '../../src/volume/volume.ts'
import { seededRandom } from '../../training/compile/random.ts'
import { LESION, WHITE } from '../../training/method/label-sets.ts'
import { phantomHead } from '../../training/sources/synth/phantom.ts'
import { buildNifti } from '../fixtures/nifti.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = await mkdtemp(join(tmpdir(), 'onelabel-folders-'))
after(() => rm(folder, { recursive: true }))

const UINT8 = 2
const FLOAT32 = 16
const SIZE_VOXELS = 40
/** Classes of a phantom → labels of LabelsForTesting: 1 CSF, 2 grey, 3 white matter, lesions in it. */
const tissueLabel = (k: number): number => (k === LESION ? WHITE : k)

async function write(path: string, volume: Pick<Volume<'scan'>, 'shape' | 'affine'>, data: ArrayLike<number>) {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  const datatype = data instanceof Float32Array ? FLOAT32 : UINT8
  const fields = { datatype, dim: [3, ...volume.shape], srow: volume.affine.slice(0, 12), data }
  await writeFile(join(folder, path), buildNifti({ ...fields, gz: path.endsWith('.gz') }))
}

async function writeSubject(number: number, t1: string, flair: string, truth: string, label: (k: number) => number) {
  const head = phantomHead(SIZE_VOXELS, ['t1', 'flair'], seededRandom(31, number))
  for (const [channel, path] of [
    ['t1', t1],
    ['flair', flair],
  ] as const) {
    const scan = head.scans.get(channel)!
    await write(path, scan, scan.data)
  }
  await write(truth, head.truth, head.truth.data.map(label))
}

test('folders in the layouts of MRBrainS13 and WMH 2017 train a network by the command', {
  timeout: 3_600_000,
}, async () => {
  for (const id of [1, 2]) {
    const at = `data/MRBrainS13/TrainingData/${id}`
    await writeSubject(id, `${at}/T1.nii`, `${at}/T2_FLAIR.nii`, `${at}/LabelsForTesting.nii`, tissueLabel)
  }
  for (const [n, id] of ['Utrecht/0', 'Amsterdam/GE3T/100'].entries()) {
    const at = `data/WMH2017/training/${id}`
    const lesion = (k: number): number => (k === LESION ? 1 : 0)
    await writeSubject(10 + n, `${at}/pre/T1.nii.gz`, `${at}/pre/FLAIR.nii.gz`, `${at}/wmh.nii.gz`, lesion)
  }
  const recipe = JSON.parse(await readFile(join(root, 'training/recipes/wmh2017-mrbrains.json'), 'utf8'))
  const patchVoxels = [32, 32, 32]
  const small = {
    ...recipe,
    unet: { stem: 1, channels: [4, 8], convolutions: 1 },
    patchVoxels,
    inference: { ...recipe.inference, patchVoxels },
    schedule: { ...recipe.schedule, steps: 3, warmupSteps: 1 },
  }
  await writeFile(join(folder, 'small.json'), JSON.stringify(small))

  const out = join(folder, 'runs')
  const args = ['onelabel', 'train', join(folder, 'small.json'), '--data', join(folder, 'data'), '--out', out]
  const { stdout } = await promisify(execFile)('npx', args, { cwd: root })
  assert.match(stdout, /3 of 3 steps .* finished/)
  assert.ok((await stat(join(out, 'wmh2017-mrbrains', 'model.onnx'))).size > 1000)
  const curve = await readFile(join(out, 'wmh2017-mrbrains', 'curve.csv'), 'utf8')
  assert.equal(curve.trim().split('\n').length, 1 + 3)
})

test('without the folders the command says what is missing and fails', { timeout: 3_600_000 }, async () => {
  const args = ['onelabel', 'train', join(root, 'training/recipes/wmh2017-mrbrains.json')]
  const nowhere = ['--data', join(folder, 'nowhere'), '--out', join(folder, 'runs-nowhere')]
  await assert.rejects(promisify(execFile)('npx', [...args, ...nowhere], { cwd: root }), (error) => {
    assert.match(String(error), /mrbrains13-tissue: its folder is not in the data folder/)
    assert.match(String(error), /wmh2017: its folder is not in the data folder/)
    return true
  })
})

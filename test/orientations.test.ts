/** One real head that others stored in all 48 orders of the axes: the network must see the same bits every time. */
import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { test } from 'node:test'
import { readNifti } from '../src/nifti/read.ts'
import { type PreprocessCard, preprocess } from '../src/preprocess/preprocess.ts'
import { orientationCode, toCanonical } from '../src/volume/orientation.ts'
import { reorient } from './fixtures/reorient.ts'

const root = resolve(import.meta.dirname, '..')
const folder = resolve(
  root,
  process.env['ONELABEL_TEST_DATA'] ?? '../shared/data',
  'nifti_edge/niivue__niivue/packages/niivue/tests/images/nifti_space',
)
const skip = existsSync(folder) ? false : `no data in ${folder}`
const limits = { maxFileBytes: 1e7, maxInflatedBytes: 1e7, maxVoxels: 1e6 }
const card: PreprocessCard = {
  channels: [{ name: 't1' }],
  preprocess: {
    orientation: 'RAS',
    spacingMm: [3, 3, 3],
    normalize: { kind: 'foreground-zscore', quantile: 0.99, thresholdFraction: 0.1, clip: 5 },
    cropMarginMm: 5,
  },
}

test('one head in 48 files gives one model array, and one label map when it is restored', { skip }, async () => {
  const files = globSync('*.nii.gz', { cwd: folder }).sort()
  assert.equal(files.length, 48)
  const models: Buffer[] = []
  const maps: Buffer[] = []
  for (const file of files) {
    const { volume } = await readNifti(join(folder, file), limits)
    assert.equal(orientationCode(volume.affine), basename(file, '.nii.gz'))
    const prepared = preprocess(new Map([['t1', volume]]), card)
    const { data } = prepared.channels[0]!
    // Three labels by brightness.
    const labels = {
      ...prepared.grid,
      data: Uint8Array.from(data, (z) => Number(z > -1) + Number(z > 0) + Number(z > 1)),
    }
    const stored = prepared.restore(labels, volume)
    const restored = reorient(stored.data, stored.shape, toCanonical(volume))
    models.push(Buffer.from(data.buffer))
    maps.push(Buffer.from(restored.buffer))
  }
  assert.ok(models.every((model) => model.equals(models[0]!)))
  assert.ok(maps.every((map) => map.equals(maps[0]!)))
  assert.deepEqual(new Set(maps[0]), new Set([0, 1, 2, 3]))
})

/** The MGZ reader beside an independent one, on a real FreeSurfer file. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { readScan } from '../src/formats/read.ts'
import { nibabel, nibabelMissing } from './fixtures/nibabel.ts'

const root = resolve(import.meta.dirname, '..')
const dataDir = resolve(root, process.env['ONELABEL_TEST_DATA'] ?? '../shared/data')
const real = resolve(dataDir, 'tissue/niivue__niivue/packages/niivue/demos/images/aparc.a2009s+aseg.mgz')

test('a FreeSurfer file has the affine and the voxels that nibabel reads', {
  skip: nibabelMissing || (existsSync(real) ? false : `no data in ${dataDir}`),
}, async () => {
  const { volume } = await readScan(real, { maxFileBytes: 1e8, maxInflatedBytes: 2e8, maxVoxels: 1e8 })
  const script =
    'im = nib.load(args[0]); a = np.asarray(im.dataobj); i, j, k = 100, 120, 140\n' +
    'print(json.dumps([im.affine.ravel().tolist(), list(a.shape), int(a[i, j, k]), int(a.astype(np.int64).sum())]))'
  const [affine, shape, value, sum] = nibabel(script, [real]) as [number[], number[], number, number]
  assert.deepEqual([...volume.shape], shape)
  affine.forEach((expected, at) => {
    assert.ok(Math.abs(volume.affine[at]! - expected) < 1e-4, `${at}: ${volume.affine[at]} ${expected}`)
  })
  assert.equal(volume.data[100 + 256 * (120 + 256 * 140)], value)
  assert.equal(
    volume.data.reduce((total, label) => total + label, 0),
    sum,
  )
})

/** Real files in every shape of trouble: each reads as nibabel reads it, or is refused for the reason listed here. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { FaultError, type FaultKind } from '../src/errors.ts'
import type { LabelSet } from '../src/labels/label-set.ts'
import { readNifti } from '../src/nifti/read.ts'
import { encodeLabels } from '../src/nifti/write.ts'
import { nibabel, nibabelMissing } from './fixtures/nibabel.ts'

const root = resolve(import.meta.dirname, '..')
const edge = resolve(root, process.env['ONELABEL_TEST_DATA'] ?? '../shared/data', 'nifti_edge')
const skip = existsSync(edge) ? false : `no data in ${edge}`
const folder = mkdtempSync(join(tmpdir(), 'onelabel-edge-'))
after(() => rmSync(folder, { recursive: true }))
const limits = { maxFileBytes: 1e8, maxInflatedBytes: 2e8, maxVoxels: 1e8 }

const labelSet: LabelSet = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  { value: 1, name: 'brain', kind: 'tissue', color: [255, 0, 0] },
]

const REFUSED: Record<string, FaultKind> = {
  'CIT168.nii.gz': 'nifti-datatype', // RGBA
  'ct_perfusion.nii.gz': 'nifti-datatype', // RGB
  'complex.nii.gz': 'nifti-datatype',
  'shear.nii.gz': 'nifti-sheared', // a tilted gantry, 18 degrees
  'resampled_anat_moved.nii': 'nifti-nonfinite',
  'example4d.nii.gz': 'nifti-4d',
  'example_nifti2.nii.gz': 'nifti-4d',
  'functional.nii': 'nifti-4d',
  'row_major.dconn.nii': 'nifti-4d', // CIFTI: a matrix in the higher dimensions
  '5D_small.nii': 'nifti-4d',
  '5D_zeros.nii.gz': 'nifti-4d',
  'ras.hdr': 'nifti-pair',
  'nifti1.hdr': 'nifti-pair',
  'nifti2.hdr': 'nifti-pair',
  'air.hdr.gz': 'nifti-pair',
  'air2.hdr.gz': 'nifti-pair',
  'ras.img': 'not-nifti',
  'air.img.gz': 'not-nifti',
  'air2.img.gz': 'not-nifti',
  'analyze.hdr': 'not-nifti',
  'not-nifti.nii': 'not-nifti',
  'mha.mha': 'not-nifti',
  'mask_1bit.mif': 'not-nifti',
  'small.mnc': 'not-nifti',
  'test.mgz': 'not-nifti',
}

const files = globSync('**/*.{nii,nii.gz,hdr,img,hdr.gz,img.gz,mha,mif,mnc,mgz}', { cwd: edge }).sort()
const readable = files.filter((file) => !(basename(file) in REFUSED))

interface Oracle {
  shape: number[]
  affine: number[]
  /** 0 sform, 1 qform, 2 neither */
  source: number
  voxels: string
}

/** Voxels scaled in float64 and rounded once to float32, first axis fastest. */
const READ = `
import hashlib
out = []
for path in args:
    image = nib.load(path)
    shape = image.shape[:3]
    voxels = image.get_fdata().reshape(shape, order='F').astype('<f4')
    source = 0 if image.header['sform_code'] > 0 else 1 if image.header['qform_code'] > 0 else 2
    out.append({'shape': shape, 'affine': image.affine.ravel().tolist(), 'source': source,
                'voxels': hashlib.sha256(voxels.tobytes(order='F')).hexdigest()})
print(json.dumps(out))
`

test('every readable file has the shape, affine and voxels that nibabel reads', {
  skip: skip || nibabelMissing,
}, async () => {
  assert.ok(readable.length >= 48 + 15)
  const paths = readable.map((file) => join(edge, file))
  const oracles = nibabel(READ, paths) as Oracle[]
  for (const [n, path] of paths.entries()) {
    const oracle = oracles[n]!
    const scan = await readNifti(path, limits)
    const name = readable[n]!
    assert.deepEqual(scan.volume.shape, oracle.shape, name)
    assert.equal(scan.affineSource, (['sform', 'qform', 'pixdim'] as const)[oracle.source], name)
    assert.equal(scan.sha256, createHash('sha256').update(readFileSync(path)).digest('hex'), name)
    assert.equal(createHash('sha256').update(scan.volume.data).digest('hex'), oracle.voxels, `voxels of ${name}`)
    // Where the file states no orientation nibabel centres and mirrors; nifti1.h (METHOD 1) scales, and so do we.
    const expected = oracle.source < 2 ? oracle.affine : fromPixdim(scan.geometry.pixdim)
    scan.volume.affine.forEach((value, at) => {
      assert.ok(Math.abs(value - expected[at]!) < 1e-4, `affine of ${name}: ${scan.volume.affine} not ${expected}`)
    })
  }
})

const fromPixdim = (pixdim: readonly number[]) => [
  ...[pixdim[1]!, 0, 0, 0],
  ...[0, pixdim[2]!, 0, 0],
  ...[0, 0, pixdim[3]!, 0],
  ...[0, 0, 0, 1],
]

/** Which fields differ between a scan and its label map: pairs of paths, one list of names a pair. */
const COMPARE = `
FIELDS = ['dim', 'pixdim', 'qform_code', 'sform_code', 'quatern_b', 'quatern_c', 'quatern_d', 'qoffset_x', 'qoffset_y',
          'qoffset_z', 'srow_x', 'srow_y', 'srow_z', 'xyzt_units']
def differing(scan, labels):
    return [f for f in FIELDS if not np.array_equal(scan.header[f], labels.header[f])] \\
        + ([] if np.array_equal(scan.affine, labels.affine) and type(scan) is type(labels) else ['affine'])
print(json.dumps([differing(nib.load(args[n]), nib.load(args[n + 1])) for n in range(0, len(args), 2)]))
`

test('a label map of every readable file has its geometry, by nibabel', { skip: skip || nibabelMissing }, async () => {
  const pairs: string[] = []
  for (const [n, file] of readable.entries()) {
    const { volume, geometry } = await readNifti(join(edge, file), limits)
    const labels = { shape: volume.shape, affine: volume.affine, data: new Uint8Array(volume.data.length) }
    const path = join(folder, `${n}.nii.gz`)
    writeFileSync(path, await encodeLabels(labels, geometry, labelSet))
    pairs.push(join(edge, file), path)
  }
  assert.deepEqual(
    nibabel(COMPARE, pairs),
    readable.map(() => []),
  )
})

test('every other file is refused for its own reason', { skip }, async () => {
  for (const file of files.filter((name) => basename(name) in REFUSED)) {
    const kind = REFUSED[basename(file)]!
    await assert.rejects(
      readNifti(join(edge, file), limits),
      (error) => error instanceof FaultError && error.fault.kind === kind,
      `${file} is not refused as ${kind}`,
    )
  }
})

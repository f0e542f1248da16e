/** Files that state a sform and a qform, read by us and by nibabel. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readNifti } from '../src/nifti/read.ts'
import { nibabel, nibabelMissing } from './fixtures/nibabel.ts'
import { buildNifti, type NiftiFields } from './fixtures/nifti.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-two-affines-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const LIMITS = { maxFileBytes: 1e6, maxInflatedBytes: 1e6, maxVoxels: 1e6 }

const base: NiftiFields = {
  dim: [3, 9, 11, 13],
  pixdim: [1, 2, 1.5, 3],
  qformCode: 1,
  sformCode: 2,
  quatern: [0.1, -0.2, 0.05],
  qoffset: [-10, 20, 5],
  xyztUnits: 2,
}

const CASES: readonly (readonly [string, readonly number[]])[] = [
  ['65 mm apart', [2, 0, 0, -10, 0, 1.5, 0, 20, 0, 0, 3, 70]],
  ['mirrored', [-2, 0, 0, 6, 0, 1.5, 0, 20, 0, 0, 3, 5]],
]

const ORACLE = `
image = nib.load(args[0])
forms = [image.get_sform(), image.get_qform()]
i, j, k = (n - 1 for n in image.shape)
ends = np.array([[a, b, c, 1] for a in (0, i) for b in (0, j) for c in (0, k)]).T
gaps = np.linalg.norm(((forms[0] - forms[1]) @ ends)[:3], axis=0)
print(json.dumps({'forms': [f.ravel().tolist() for f in forms], 'apart': float(gaps.max()),
  'axes': [''.join(nib.aff2axcodes(f)) for f in forms],
  'mirrored': bool(np.linalg.det(forms[0][:3, :3]) * np.linalg.det(forms[1][:3, :3]) < 0)}))
`
interface Oracle {
  readonly forms: readonly [number[], number[]]
  readonly apart: number
  readonly axes: readonly [string, string]
  readonly mirrored: boolean
}

for (const [name, srow] of CASES) {
  test(`two affines that are ${name} are those of nibabel, by either choice`, { skip: nibabelMissing }, async () => {
    const path = join(folder, `${name}.nii`)
    writeFileSync(path, buildNifti({ ...base, srow }))
    const oracle = nibabel(ORACLE, [path]) as Oracle
    const bySform = await readNifti(path, LIMITS)
    const byQform = await readNifti(path, LIMITS, undefined, 'scan', 'qform')
    for (const [n, { volume }] of [bySform, byQform].entries()) {
      for (const [at, mm] of volume.affine.entries()) assert.ok(Math.abs(mm - oracle.forms[n]![at]!) < 1e-4)
    }
    const place = (n: 0 | 1) =>
      `${oracle.axes[n]} with the first voxel at ${[3, 7, 11].map((at) => oracle.forms[n][at]!.toFixed(1)).join(', ')} mm`
    const how = oracle.mirrored
      ? 'one is the mirror image of the other'
      : `they are up to ${oracle.apart.toFixed(1)} mm apart`
    const fact = `the header states two affines: by the sform the voxels run ${place(0)}, by the qform ${place(1)}; ${how}`
    const said = ({ warnings }: typeof bySform) => warnings.filter(({ code }) => code === 'affines-differ')
    assert.deepEqual(said(bySform)[0]?.message, `${fact}: the sform is used; affine=qform takes the other`)
    assert.deepEqual(said(byQform)[0]?.message, `${fact}: the qform is used, as asked`)
  })
}

/** Headers and files made byte by byte here, and what is said of them before they are sent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { orientationOf } from './affine.ts'
import { doubtsOf, factsOf, readHead } from './facts.ts'
import { middleSlices, windowOf } from './preview.ts'
import { proposeChannel } from './propose.ts'

interface Fields {
  readonly dim?: readonly number[]
  readonly pixdim?: readonly number[]
  readonly srow?: readonly number[]
  readonly quatern?: readonly number[]
  readonly datatype?: number
  readonly isBig?: boolean
}

/** Offsets are those of nifti1.h. */
function nifti({
  dim = [3, 4, 5, 6],
  pixdim = [1, 1, 1, 1],
  srow,
  quatern,
  datatype = 4,
  isBig = false,
}: Fields = {}): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(352 + 2 * 4 * 5 * 6))
  const little = !isBig
  view.setInt32(0, 348, little)
  for (let n = 0; n < 8; n++) view.setInt16(40 + 2 * n, dim[n] ?? 1, little)
  view.setInt16(70, datatype, little)
  for (let n = 0; n < 8; n++) view.setFloat32(76 + 4 * n, pixdim[n] ?? 0, little)
  view.setFloat32(108, 352, little)
  view.setInt16(252, quatern === undefined ? 0 : 1, little)
  view.setInt16(254, srow === undefined ? 0 : 1, little)
  for (const [n, value] of (quatern ?? []).entries()) view.setFloat32(256 + 4 * n, value, little)
  for (const [n, value] of (srow ?? []).entries()) view.setFloat32(280 + 4 * n, value, little)
  return new Uint8Array(view.buffer)
}

const LAS = [-2, 0, 0, 90, 0, 2, 0, -126, 0, 0, 3, -72]

test('a header is read in either order of bytes, plain or gzipped', async () => {
  for (const isBig of [false, true]) {
    for (const bytes of [nifti({ srow: LAS, isBig }), Uint8Array.from(gzipSync(nifti({ srow: LAS, isBig })))]) {
      const head = await readHead(new Blob([bytes]))
      assert.deepEqual([head.format, head.shape, head.spacingMm, head.kind], ['NIfTI-1', [4, 5, 6], [2, 2, 3], 'int16'])
      assert.equal(orientationOf(head.affine), 'LAS')
    }
  }
})

test('a quaternion and its qfac turn the voxels as nifti1.h says', async () => {
  // Half a turn about the axis from foot to head (d = 1): to the left and to the back; qfac −1 turns the third axis to the feet.
  const quatern = [0, 0, 1, 10, 20, 30]
  const up = await readHead(new Blob([nifti({ quatern, pixdim: [1, 2, 3, 4] })]))
  const down = await readHead(new Blob([nifti({ quatern, pixdim: [-1, 2, 3, 4] })]))
  assert.deepEqual(
    [up, down].map(({ affine }) => orientationOf(affine)),
    ['LPS', 'LPI'],
  )
  assert.deepEqual([up.spacingMm, up.affineSource], [[2, 3, 4], 'qform'])
})

test('the size and centre of MGH give its place in the world', async () => {
  const view = new DataView(new ArrayBuffer(284))
  for (const [n, value] of [1, 4, 6, 8, 1, 3].entries()) view.setInt32(4 * n, value)
  view.setInt16(28, 1)
  for (const [n, mm] of [1, 1, 2].entries()) view.setFloat32(30 + 4 * n, mm)
  // i to the left, j to the feet, k to the front: FreeSurfer's own LIA.
  const turned = [-1, 0, 0, 0, 0, -1, 0, 1, 0, 5, 6, 7]
  for (const [n, value] of turned.entries()) view.setFloat32(42 + 4 * n, value)
  const head = await readHead(new Blob([view.buffer]))
  assert.deepEqual([head.format, head.shape, orientationOf(head.affine)], ['MGH', [4, 6, 8], 'LIA'])
  // The voxel in the middle, (2, 3, 4), lies at the centre that the header states.
  const middle = [0, 1, 2].map((row) =>
    [2, 3, 4, 1].reduce((sum, n, column) => sum + n * head.affine[4 * row + column]!, 0),
  )
  assert.deepEqual(middle, [5, 6, 7])
})

test('what stands out in a header is said, and an ordinary one is not doubted', async () => {
  const whole = { dim: [3, 180, 220, 180] }
  const good = await readHead(new Blob([nifti({ ...whole, srow: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] })]))
  assert.deepEqual(doubtsOf(good), [])
  const odd = await readHead(new Blob([nifti({ dim: [4, 180, 220, 10, 30], pixdim: [1, 1, 1, 6], datatype: 128 })]))
  const doubts = doubtsOf(odd).join(' ')
  for (const part of ['does not say how the head lies', '30 volumes', 'datatype 128', '6 mm apart', 'only 60 mm']) {
    assert.ok(doubts.includes(part), part)
  }
  assert.equal(factsOf(odd, 2_400_000)[3]!.value, 'NIfTI-1, datatype 128, 2.4 MB')
})

test('what is no scan is refused in words', async () => {
  await assert.rejects(readHead(new Blob(['a letter'])), /neither NIfTI .* nor MGH/)
  await assert.rejects(readHead(new Blob([])), /empty/)
  await assert.rejects(readHead(new Blob([Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3)])), /the gzip is broken/)
  await assert.rejects(readHead(new Blob([nifti({ dim: [3, 0, 5, 6] })])), /promises no volume/)
})

test('the preview has the right of the patient on the left, the front and the head above, however voxels are stored', async () => {
  // One bright voxel at the right, front and upper end of the world.
  for (const srow of [LAS, [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0]]) {
    const head = await readHead(new Blob([nifti({ srow })]))
    const bright = [srow === LAS ? 0 : 3, 4, 5]
    const lit =
      (axes: readonly number[]) =>
      ([...ijk]: readonly number[]) =>
        axes.every((axis) => ijk[axis] === bright[axis]) ? 1 : 0
    const [axial] = middleSlices(head, lit([0, 1]))!
    const [, coronal] = middleSlices(head, lit([0, 2]))!
    const [, , sagittal] = middleSlices(head, lit([1, 2]))!
    for (const slice of [axial, coronal, sagittal]) assert.equal(slice!.values.indexOf(1), 0)
    assert.deepEqual([sagittal!.width, sagittal!.height, sagittal!.pixelMm], [5, 6, [2, 3]])
  }
})

test('a window leaves out a hundredth at both ends', () => {
  const values = Float32Array.from({ length: 201 }, (_, n) => n)
  assert.deepEqual(windowOf([{ width: 201, height: 1, pixelMm: [1, 1], values }]), [2, 198])
})

test('a channel is proposed by what a name says first, and by nothing else', () => {
  const both = ['t1', 'flair']
  for (const [name, channel] of [
    ['sub-01_T1w.nii.gz', 't1'],
    ['Subj1_FL.nii.gz', 'flair'],
    ['T2_FLAIR_regtoT1.nii', 'flair'],
    ['T1_N4_regtoFLAIR.nii', 't1'],
    ['AX DARK-FLUID', 'flair'],
    ['SAG MPRAGE', 't1'],
    ['T1ce.nii.gz', null],
    ['T1_mask.nii.gz', null],
    ['scan.nii.gz', null],
  ] as const) {
    assert.equal(proposeChannel(name, both), channel, name)
  }
  assert.equal(proposeChannel('FLAIR.nii', ['t1']), null)
})

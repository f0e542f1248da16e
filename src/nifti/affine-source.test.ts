import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from '../../test/fixtures/fault.ts'
import { type AffineSource, affineOf } from './affine-source.ts'
import type { NiftiGeometry } from './geometry.ts'

/** Three different affines in one header: the sform says 2 mm, the qform 3 mm and a turn, pixdim 3 mm. */
const geometry: NiftiGeometry = {
  version: 1,
  dim: [3, 10, 10, 10, 1, 1, 1, 1],
  pixdim: [1, 3, 3, 3, 0, 0, 0, 0],
  qformCode: 1,
  sformCode: 1,
  quatern: [0, 0, 1], // half a turn about z: x → −x, y → −y
  qoffset: [7, 8, 9],
  srow: [2, 0, 0, 4, 0, 2, 0, 5, 0, 0, 2, 6],
  xyztUnits: 2,
}

const bySform = [2, 0, 0, 4, 0, 2, 0, 5, 0, 0, 2, 6, 0, 0, 0, 1]
const byQform = [-3, 0, 0, 7, 0, -3, 0, 8, 0, 0, 3, 9, 0, 0, 0, 1]
const byPixdim = [3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]

function assertAffine(stated: Partial<NiftiGeometry>, source: AffineSource, expected: readonly number[]): void {
  const { affine, affineSource } = affineOf({ ...geometry, ...stated })
  assert.equal(affineSource, source)
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs(affine[at]! - value) < 1e-9, `${affine} is not ${expected}`)
}

test('the sform comes before the qform, the qform before pixdim', () => {
  assertAffine({}, 'sform', bySform)
  assertAffine({ sformCode: 1, qformCode: 4 }, 'sform', bySform) // whichever code is larger
  assertAffine({ sformCode: 0 }, 'qform', byQform)
  assertAffine({ sformCode: 0, qformCode: 0 }, 'pixdim', byPixdim)
})

test('qfac −1 turns the third axis round, and pixdim[0] = 0 counts as 1', () => {
  const negative = byQform.with(10, -3)
  assertAffine({ sformCode: 0, pixdim: [-1, 3, 3, 3, 0, 0, 0, 0] }, 'qform', negative)
  assertAffine({ sformCode: 0, pixdim: [0, 3, 3, 3, 0, 0, 0, 0] }, 'qform', byQform)
})

test('a quarter turn about x by its quaternion takes j to +z and k to −y', () => {
  const half = Math.SQRT1_2 // a = b = cos 45°
  const expected = [1, 0, 0, 7, 0, 0, -3, 8, 0, 2, 0, 9, 0, 0, 0, 1]
  assertAffine({ sformCode: 0, quatern: [half, 0, 0], pixdim: [1, 1, 2, 3, 0, 0, 0, 0] }, 'qform', expected)
})

test('a quaternion rounded to just above 1 is a rotation all the same', () => {
  const third = Math.sqrt((1 + 9e-6) / 3)
  const { affine } = affineOf({ ...geometry, sformCode: 0, quatern: [third, third, third] })
  const length = Math.hypot(affine[0]!, affine[4]!, affine[8]!)
  assert.ok(Math.abs(length - 3) < 1e-6)
})

test('metres and micrometres become mm in the affine', () => {
  const srow = (scale: number) => geometry.srow.map((value) => value * scale)
  assertAffine({ srow: srow(0.001), xyztUnits: 1 }, 'sform', bySform)
  assertAffine({ srow: srow(1000), xyztUnits: 3 + 8 }, 'sform', bySform) // 8: seconds
})

test('a unit that was converted is told by its field, and one that cannot be right is named in the refusal', () => {
  const inUnit = (scale: number, xyztUnits: number) =>
    affineOf({
      ...geometry,
      xyztUnits,
      srow: geometry.srow.map((value) => value * scale),
      pixdim: [1, 2 * scale, 2 * scale, 2 * scale, 0, 0, 0, 0],
    })
  assert.match(warned(inUnit(1000, 3)), /^unit-converted: xyzt_units says µm: voxels of 2000 × .* as 2 × 2 × 2 mm/)
  assert.match(warned(inUnit(0.001, 1)), /^unit-converted: xyzt_units says m: voxels of 0\.002 × .* as 2 × 2 × 2 mm/)
  const refused: readonly (readonly [scale: number, code: number, says: RegExp])[] = [
    [1, 3, /0\.002 × .*xyzt_units says µm, .* 2 × 2 × 2; if they are mm, say so in xyzt_units/],
    [1, 1, /2000 × .*xyzt_units says m, .* 2 × 2 × 2; if they are mm/],
    [1000, 2, /2000 × .*xyzt_units says mm, .* 2000 × 2000 × 2000; if they are µm/],
    [0.001, 2, /0\.002 × .*xyzt_units says mm, .* 0\.002 × 0\.002 × 0\.002; if they are m,/],
    [1000, 0, /2000 × .*xyzt_units says no unit, .* if they are µm/],
  ]
  for (const [scale, code, says] of refused) assert.throws(() => inUnit(scale, code), faultOf('nifti-spacing', says))
})

const warned = ({ warnings }: ReturnType<typeof affineOf>) =>
  warnings.map(({ code, message }) => `${code}: ${message}`).join()

test('an unstated unit, an unstated orientation and sizes that disagree are said', () => {
  const sizes2mm = { pixdim: [1, 2, 2, 2, 0, 0, 0, 0], qformCode: 0 }
  assert.deepEqual(affineOf({ ...geometry, ...sizes2mm }).warnings, [])
  assert.match(warned(affineOf({ ...geometry, ...sizes2mm, xyztUnits: 8 })), /^no-length-unit: .*no unit of length/)
  assert.match(warned(affineOf(geometry)), /^spacing-differs: .*pixdim\) are 3 × 3 × 3 mm, by the sform 2 × 2 × 2 mm/)
  assert.match(warned(affineOf({ ...geometry, sformCode: 0, qformCode: 0 })), /no-orientation: .*no orientation/)
})

const both = { pixdim: [1, 2, 2, 2, 0, 0, 0, 0], quatern: [0, 0, 0], qoffset: [4, 5, 6] }

test('a sform and a qform that mean the same place to a voxel are no matter', () => {
  assert.deepEqual(affineOf({ ...geometry, ...both }).warnings, [])
  // 1.9 mm of voxels of 2 mm
  assert.deepEqual(affineOf({ ...geometry, ...both, qoffset: [4, 6.9, 6] }).warnings, [])
})

test('a sform and a qform more than a voxel apart are said with both values, and the sform is used', () => {
  const stated = { ...geometry, ...both, qoffset: [4, 5, 71] }
  const { affine, warnings } = affineOf(stated)
  assert.deepEqual(affine, bySform)
  assert.deepEqual(warnings, [
    {
      code: 'affines-differ',
      message:
        'the header states two affines: by the sform the voxels run RAS with the first voxel at 4.0, 5.0, 6.0 mm, by the qform ' +
        'RAS with the first voxel at 4.0, 5.0, 71.0 mm; they are up to 65.0 mm apart: the sform is used; affine=qform takes the other',
    },
  ])
})

test('a mirrored qform is said to be one, however little it moves the outer voxels', () => {
  // ten voxels of 2 mm along i: from 4 to 22 mm, and back
  const mirrored = { srow: [-2, 0, 0, 22, 0, 2, 0, 5, 0, 0, 2, 6] }
  assert.match(
    warned(affineOf({ ...geometry, ...both, ...mirrored })),
    /^affines-differ: .*run LAS .* 22\.0, 5\.0, 6\.0 mm, by the qform RAS .*; one is the mirror image of the other: the sform/,
  )
})

test('the qform is taken where it was asked for, and refused where there is none', () => {
  const { affine, affineSource, warnings } = affineOf(geometry, 'qform')
  assert.equal(affineSource, 'qform')
  for (const [at, value] of byQform.entries()) assert.ok(Math.abs(affine[at]! - value) < 1e-9)
  assert.match(warnings.at(-1)!.message, /RAS .*LPS .*: the qform is used, as asked$/)
  // A sform that nothing could use is not looked at.
  assert.equal(affineOf({ ...geometry, srow: Array<number>(12).fill(0) }, 'qform').affineSource, 'qform')
  assert.throws(
    () => affineOf({ ...geometry, qformCode: 0 }, 'qform'),
    faultOf('nifti-no-affine', /affine=qform was asked for, and the file states no qform/),
  )
})

test('a qform that nothing could use is no second opinion', () => {
  assert.deepEqual(affineOf({ ...geometry, ...both, quatern: [2, 0, 0] }).warnings, [])
})

test('an oblique sform is no shear', () => {
  const [cos, sin] = [Math.cos(0.4), Math.sin(0.4)]
  const srow = [2 * cos, -2 * sin, 0, 0, 2 * sin, 2 * cos, 0, 0, 0, 0, 2, 0]
  assertAffine({ srow }, 'sform', [...srow, 0, 0, 0, 1])
})

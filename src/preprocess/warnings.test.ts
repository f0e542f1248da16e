import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_48, tiltedAffine } from '../../test/fixtures/orientations.ts'
import { reorientGrid } from '../volume/orientation.ts'
import {
  coverageWarnings,
  cutWarnings,
  gridWarnings,
  homogeneityWarnings,
  hounsfieldWarnings,
  sizeWarnings,
  tiltDegrees,
} from './warnings.ts'

const grid = (spacing: readonly [number, number, number], degrees: number, voxels = 200) => ({
  shape: [voxels, voxels, voxels] as const,
  affine: tiltedAffine(spacing, [degrees, 0, 0], [0, 0, 0]),
})

test('the tilt is the angle of the rotation, whatever the stored order', () => {
  for (const map of ALL_48) assert.ok(Math.abs(tiltDegrees(reorientGrid(grid([1, 2, 5], 25), map)) - 25) < 1e-9)
})

test('an isotropic upright scan gives no warning, a thick tilted one gives two', () => {
  assert.deepEqual(gridWarnings(grid([1, 1, 1], 0), 't1'), [])
  const [thick, tilted] = gridWarnings(grid([1, 1, 6.5], 30), 't1')
  assert.deepEqual([thick!.code, tilted!.code], ['coarse-voxels', 'tilted'])
  assert.match(thick!.message, /6\.5 mm/)
  assert.match(tilted!.message, /30°/)
})

test('a channel that shows half of the head says so', () => {
  assert.deepEqual(coverageWarnings(0.95, 'flair'), [])
  const message = "channel flair shows 50 % of the head's box"
  assert.deepEqual(coverageWarnings(0.5, 'flair'), [{ code: 'partly-covered', message }])
})

test('a foreground of the size of a brain or a head is usual; a knee or a mouse, or half a body, is told', () => {
  for (const ml of [500, 1400, 8000]) assert.deepEqual(sizeWarnings(ml, 't1'), [])
  assert.match(sizeWarnings(120, 't1')[0]!.message, /^channel t1: .* 0\.12 L; .* 0\.50 to 8\.0 L$/)
  assert.match(sizeWarnings(31_000, 't1')[0]!.message, / 31 L; /)
})

const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code)

test('slices of 10 mm and voxels of a microscope are extreme, 6.5 mm are only coarse', () => {
  assert.deepEqual(codes(gridWarnings(grid([1, 1, 10], 0), 't1')), ['extreme-voxels'])
  assert.deepEqual(codes(gridWarnings(grid([0.1, 0.1, 0.1], 0, 1000), 't1')), ['extreme-voxels'])
  assert.match(gridWarnings(grid([1, 1, 10], 0), 't1')[0]!.message, /1\.00 × 1\.00 × 10\.00 mm apart; 0\.3 to 7 mm/)
})

test('one slice, as a photograph has, is a field of view too thin for a brain', () => {
  const photograph = { shape: [640, 480, 1] as const, affine: grid([1, 1, 1], 0).affine }
  assert.deepEqual(gridWarnings(photograph, 't1'), [
    { code: 'thin-slab', message: 'channel t1: the field of view is 1 mm thin; a brain needs 80 mm' },
  ])
})

test('a quarter of air at −1000 and a quarter around 0 is computed tomography', () => {
  const ct = Float32Array.of(-1000, 30, 40, 1200)
  assert.deepEqual(codes(hounsfieldWarnings(ct, 't1')), ['hounsfield-units'])
  assert.match(hounsfieldWarnings(ct, 't1')[0]!.message, /25 % of the values lie below −500 and 50 % around 0/)
})

test('neither a magnitude image nor a standardised one nor one with an offset is taken for it', () => {
  assert.deepEqual(hounsfieldWarnings(Float32Array.of(0, 0, 90, 140), 't1'), [])
  assert.deepEqual(hounsfieldWarnings(Float32Array.of(-1.5, -0.5, 0.5, 1.5), 't1'), [])
  assert.deepEqual(hounsfieldWarnings(Float32Array.of(-1024, -1024, 400, 900), 't1'), [])
})

test('grey and white matter alone vary by 18 % and are no phantom; 8 % are', () => {
  // Half 70, half 100: mean 85, standard deviation 15.
  assert.deepEqual(homogeneityWarnings(15 / 85, 't1'), [])
  assert.deepEqual(codes(homogeneityWarnings(0.08, 't1')), ['homogeneous'])
})

test('a greatest value that two voxels in a hundred have is a cut; a tail that ends, a ramp and flat regions are none', () => {
  const count = 20_000
  // A logistic distribution by its quantiles; 3.892 deviations above its middle lie 2 % of it, 6.907 above 0.1 %.
  const deviations = Float32Array.from({ length: count }, (_, at) => Math.log((at + 0.5) / (count - at - 0.5)))
  const cutAt = (most: number) => deviations.map((value) => Math.round(1000 + 60 * Math.min(value, most)))
  assert.deepEqual(cutWarnings(cutAt(Number.POSITIVE_INFINITY), 'flair'), [])
  assert.deepEqual(cutWarnings(cutAt(6.907), 'flair'), [])
  assert.deepEqual(cutWarnings(cutAt(3.892), 'flair'), [
    {
      code: 'brightness-cut',
      message:
        'channel flair: 2.0 % of what is not background has the greatest value there is, 1234: what was brighter was cut',
    },
  ])
  assert.deepEqual(
    cutWarnings(
      Float32Array.from({ length: 1600 }, (_, at) => at % 160),
      'flair',
    ),
    [],
  )
  assert.deepEqual(cutWarnings(Float32Array.of(0, 0, 0, 800, 800, 1000, 1000), 'flair'), [])
  assert.deepEqual(cutWarnings(Float32Array.of(7, 7, 7), 'flair'), [])
})

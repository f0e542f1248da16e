import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultError } from '../errors.ts'
import type { Plane } from './plane.ts'
import { seriesGeometry } from './series-geometry.ts'
import { splitSeries } from './split-series.ts'

/** Axial, 4 × 3 pixels of 2 mm along a row and 1 mm down, at the height `z`. */
function plane(z: number, other: Partial<Plane> = {}): Plane {
  return {
    ...{ instance: 0, sopInstanceUid: '1', frame: 0, isFrame: false, rows: 3, columns: 4 },
    positionLpsMm: [-10, -20, z],
    orientation: [1, 0, 0, 0, 1, 0],
    pixelSpacingMm: [1, 2],
    rescale: null,
    keys: {},
    ...other,
  }
}

function code(of: () => unknown): string {
  try {
    of()
    return 'none'
  } catch (error) {
    if (error instanceof FaultError) return error.fault.kind
    throw error
  }
}

test('three axial slices: rows run to the left, columns to the back, slices up, in RAS+ mm', () => {
  const { affine, shape, sliceSpacingMm, planes } = seriesGeometry([plane(8), plane(2), plane(5)])
  assert.deepEqual(affine, [-2, 0, 0, 10, 0, -1, 0, 20, 0, 0, 3, 2, 0, 0, 0, 1])
  assert.deepEqual(shape, [4, 3, 3])
  assert.equal(sliceSpacingMm, 3)
  assert.deepEqual(
    planes.map(({ positionLpsMm }) => positionLpsMm[2]),
    [2, 5, 8],
  )
})

test('a step may differ by 0.05 mm or by 1 %, whichever is more', () => {
  const at = (...heights: readonly number[]) => code(() => seriesGeometry(heights.map((z) => plane(z))))
  assert.equal(at(0, 1, 2.04, 3.04), 'none')
  assert.equal(at(0, 1, 2.06, 3.06), 'dicom-uneven-spacing')
  assert.equal(at(0, 10, 20.09, 30.09), 'none')
  assert.equal(at(0, 10, 20.11, 30.11), 'dicom-uneven-spacing')
  assert.equal(at(0, 1, 2, 4.02, 5.02), 'dicom-missing-slice')
  assert.equal(at(0, 1, 2, 3.5), 'dicom-uneven-spacing')
  assert.equal(at(0, 1, 1.005, 2), 'dicom-duplicate-position')
  assert.equal(at(0), 'dicom-single-slice')
  assert.equal(at(0, 0.01001, 0.02002), 'dicom-header')
})

test('slices may be shifted by 1 % of the way along the normal, no more', () => {
  const shifted = (mm: number) => [0, 1, 2, 3].map((k) => plane(k, { positionLpsMm: [-10 + mm * k, -20, k] }))
  assert.equal(
    code(() => seriesGeometry(shifted(0.009))),
    'none',
  )
  assert.equal(
    code(() => seriesGeometry(shifted(0.011))),
    'dicom-tilt',
  )
})

const first = { acquisition: '1', 'echo time': '10' }
const both = [0, 1, 2].flatMap((z) => [plane(z, { keys: first }), plane(z, { keys: { ...first, 'echo time': '90' } })])

test('two echoes of the same places are two parts, and a place that is there once is not split', () => {
  assert.deepEqual(
    splitSeries(both).map(({ by, planes }) => [by, planes.length]),
    [
      [{ 'echo time': '10' }, 3],
      [{ 'echo time': '90' }, 3],
    ],
  )
  const unlike = [plane(0, { keys: first }), plane(1, { keys: { acquisition: '2' } })]
  assert.deepEqual(splitSeries(unlike), [{ by: {}, planes: unlike }])
})

test('echoes of which one lacks a slice are not split', () => {
  assert.equal(
    code(() => splitSeries(both.slice(0, -1))),
    'dicom-duplicate-position',
  )
  assert.equal(
    code(() => splitSeries(both.map(({ keys: _, ...other }) => ({ ...other, keys: first })))),
    'dicom-several-acquisitions',
  )
})

test('where two attributes together tell the parts apart, both do', () => {
  const four = ['M', 'P'].flatMap((type) =>
    ['10', '90'].flatMap((echo) => [0, 1].map((z) => plane(z, { keys: { 'image type': type, 'echo time': echo } }))),
  )
  assert.deepEqual(
    splitSeries(four).map(({ by }) => Object.values(by).join(' ')),
    ['M 10', 'M 90', 'P 10', 'P 90'],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spacingMm } from '../../src/volume/affine.ts'
import type { Volume } from '../../src/volume/volume.ts'
import { reslicedLabels, reslicedScan } from './reslice.ts'

/** 2 × 3 × 10 voxels of 1 mm, stored with z downwards; the value is the height in mm. */
const scan: Volume<'scan'> = {
  frame: 'scan',
  shape: [2, 3, 10],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 9, 0, 0, 0, 1],
  data: Float32Array.from({ length: 60 }, (_, at) => 9 - Math.floor(at / 6)),
}

test('ten slices of 1 mm become two slabs of 5 mm: the means of 0 … 4 and of 5 … 9', () => {
  const thick = reslicedScan(scan, { axis: 'S', mm: 5 })
  assert.deepEqual(thick.shape, [2, 3, 2])
  assert.deepEqual(spacingMm(thick.affine), [1, 1, 5])
  assert.deepEqual([...thick.data], [...new Array<number>(6).fill(2), ...new Array<number>(6).fill(7)])
})

test('a slab takes the label of most of it', () => {
  // Heights 0, 1 and 5 … 9 have label 4, heights 2, 3, 4 label 3.
  const labels = { ...scan, data: Uint8Array.from(scan.data, (mm) => (mm >= 2 && mm <= 4 ? 3 : 4)) }
  const thick = reslicedLabels(labels, { axis: 'S', mm: 5 })
  assert.deepEqual([...thick.data], [...new Array<number>(6).fill(3), ...new Array<number>(6).fill(4)])
})

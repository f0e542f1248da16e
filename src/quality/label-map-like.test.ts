import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '../volume/volume.ts'
import { isLabelMapLike } from './label-map-like.ts'

const EDGE = 40

/** 3 mm voxels: 40³ of them are 1.7 L. */
function scan(valueAt: (i: number, j: number, k: number) => number, stepMm = 3): Volume<'scan'> {
  const data = new Float32Array(EDGE ** 3)
  for (let at = 0; at < data.length; at++)
    data[at] = valueAt(at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2))
  const affine = [stepMm, 0, 0, 0, 0, stepMm, 0, 0, 0, 0, stepMm, 0, 0, 0, 0, 1]
  return { frame: 'scan', shape: [EDGE, EDGE, EDGE], affine, data }
}

/** Shells of 8 voxels, 0 outside of a ball of 18 voxels (660 mL). */
const shells = (i: number, j: number, k: number) => {
  const radius = Math.hypot(i - 19.5, j - 19.5, k - 19.5)
  return radius > 18 ? 0 : 1 + Math.floor(radius / 8)
}

test('regions of one value each are a label map, whatever the values', () => {
  assert.equal(isLabelMapLike(scan(shells)), true)
  assert.equal(isLabelMapLike(scan((...at) => 1000.5 * shells(...at))), true)
})

test('the same regions with noise of a few steps are a scan', () => {
  const noisy = scan((i, j, k) => (shells(i, j, k) === 0 ? 0 : 40 * shells(i, j, k) + ((7 * i + 11 * j + 5 * k) % 5)))
  assert.equal(isLabelMapLike(noisy), false)
})

test('what is smaller than a brain is not judged', () => {
  // 24 mL
  assert.equal(isLabelMapLike(scan(shells, 1)), false)
})

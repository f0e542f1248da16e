import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../../../src/volume/volume.ts'
import { blur } from './blur.ts'

test('a point becomes a Gaussian of the given sigma along each axis, and nothing is lost', () => {
  const shape: Shape = [31, 25, 27]
  const centre = [15, 12, 13]
  const sigma = [2, 1.5, 0] as const
  const image = new Float32Array(31 * 25 * 27)
  image[15 + 31 * (12 + 25 * 13)] = 1
  const out = blur(image, new Float32Array(image.length), shape, sigma)
  const moments = [0, 0, 0]
  let sum = 0
  for (let k = 0, v = 0; k < 27; k++)
    for (let j = 0; j < 25; j++)
      for (let i = 0; i < 31; i++, v++) {
        sum += out[v]!
        ;[i, j, k].forEach((x, axis) => {
          moments[axis]! += out[v]! * (x - centre[axis]!) ** 2
        })
      }
  assert.ok(Math.abs(sum - 1) < 1e-5)
  // cut at 2.5 sigma: the variance of a Gaussian truncated there is 0.91 of the whole
  assert.ok(moments[0]! / 4 > 0.88 && moments[0]! / 4 < 1.01, `${moments}`)
  assert.ok(moments[1]! / 2.25 > 0.88 && moments[1]! / 2.25 < 1.01, `${moments}`)
  assert.equal(moments[2], 0)
})

test('a constant stays constant up to the edge', () => {
  const image = new Float32Array(9 * 8 * 7).fill(5)
  const out = blur(image, new Float32Array(image.length), [9, 8, 7], [3, 3, 3])
  assert.ok(out.every((value) => Math.abs(value - 5) < 1e-5))
})

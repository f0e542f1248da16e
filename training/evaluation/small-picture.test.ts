import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PNG } from 'pngjs'
import { createCanvas } from '../../src/picture/canvas.ts'
import { pngOf } from '../../src/picture/png.ts'
import { seededRandom } from '../compile/random.ts'
import { smallPicture } from './small-picture.ts'

/** Black on the left, noise of 100 to 107 on the right. */
const canvas = createCanvas(80, 60)
const random = seededRandom(1)
for (let at = 0; at < canvas.data.length; at++) if ((at / 3) % 80 >= 40) canvas.data[at] = 100 + random.int(8)
const noisy = pngOf(canvas)

test('a picture that is small enough stays as it is', () => {
  assert.equal(smallPicture(noisy, noisy.length), noisy)
})

test('fewer shades come first: every pixel stays where it is, within half a step of its shade', () => {
  const small = smallPicture(noisy, noisy.length - 1)
  assert.ok(small.length < noisy.length)
  const [before, after] = [PNG.sync.read(noisy), PNG.sync.read(small)]
  assert.deepEqual([after.width, after.height], [80, 60])
  for (const [at, value] of after.data.entries()) {
    if (at % 4 === 3) continue
    assert.ok(value % 8 === 0 && Math.abs(value - before.data[at]!) <= 4, `${before.data[at]} became ${value}`)
  }
})

test('then fewer pixels, each the mean of those in its place', () => {
  let small = noisy
  while (PNG.sync.read(small).width === 80) small = smallPicture(noisy, small.length - 1)
  const { width, height, data } = PNG.sync.read(small)
  assert.deepEqual([width, height], [40, 30])
  for (let x = 0; x < 40; x++) {
    // The mean of four of 100 to 107 is nearest to 96 or 104.
    const [value] = data.subarray(4 * (x + 40 * 7))
    assert.ok(x < 20 ? value === 0 : value === 96 || value === 104, `${value} in column ${x}`)
  }
})

test('what no picture can be is refused', () => {
  assert.throws(() => smallPicture(noisy, 10), /no picture of 80 × 60 pixels takes 10 bytes or less/)
})

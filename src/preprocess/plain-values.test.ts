/** A ball of tissue in a box, in the disguises that people give to a stripped brain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Volume } from '../volume/volume.ts'
import { fillOf } from './fill-of.ts'
import { plainValues } from './plain-values.ts'

const EDGE = 24
const SHAPE = [EDGE, EDGE, EDGE] as const
const INSIDE = 9

/** Above 40 inside, all over the range up to 1040; 0 outside. */
function plain(): Float32Array {
  const data = new Float32Array(EDGE ** 3)
  for (let at = 0, state = 1; at < data.length; at++) {
    state = (state * 16807) % 2147483647 // Park and Miller's generator
    const [i, j, k] = [at % EDGE, Math.floor(at / EDGE) % EDGE, Math.floor(at / EDGE ** 2)]
    const radius = Math.hypot(i - 11.5, j - 11.5, k - 11.5)
    if (radius < INSIDE) data[at] = 40 + Math.round((1000 * state) / 2147483647)
  }
  return data
}

function scanOf(data: Float32Array): Volume<'scan'> {
  return {
    frame: 'scan',
    shape: SHAPE,
    affine: Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
    data,
  } as never
}
const plainOf = (data: Float32Array) => plainValues(scanOf(data)).data
const inside = plain().map((value) => (value === 0 ? 0 : 1))

test('a stripped scan as models know it is given back as it is, and so is one whose air is noise', () => {
  const stripped = scanOf(plain())
  assert.equal(plainValues(stripped), stripped)
  const noisy = scanOf(plain().map((value, at) => (value === 0 ? (at * 7919) % 13 : value)))
  assert.equal(fillOf(noisy.data, SHAPE), null)
  assert.equal(plainValues(noisy), noisy)
})

for (const fill of [-9, -300, -1000, 77]) {
  test(`a fill of ${fill} becomes 0, and what is inside keeps its values`, () => {
    assert.deepEqual(plainOf(plain().map((value) => (value === 0 ? fill : value))), plain())
  })
}

for (const offset of [1000, 77, -150, -1000]) {
  test(`${offset} added to every voxel, air too, is taken off again`, () => {
    assert.deepEqual(plainOf(plain().map((value) => value + offset)), plain())
  })
}

test('intensities between −1 and 1, the air at −1, get their zero back', () => {
  const found = plainOf(plain().map((value) => value / 520 - 1))
  for (const [at, value] of plain().entries())
    assert.ok(Math.abs(found[at]! - value / 520) < 1e-6, `${found[at]} of ${value}`)
})

test('z-scores inside and 0 outside: 0 outside still, and inside the same but for scale and zero', () => {
  const data = plain()
  const values = data.filter((value) => value > 0)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  const found = plainOf(data.map((value) => (value === 0 ? 0 : (value - mean) / std)))
  for (let at = 0; at < found.length; at++) {
    if (inside[at] === 0) assert.equal(found[at], 0)
    // The darkest value inside was 40: it lies just above 0 now.
    else assert.ok(found[at]! > 0 && Math.abs(found[at]! * std - (data[at]! - 40)) < 1, `${found[at]} of ${data[at]}`)
  }
})

test('a value inside that equals the fill is no hole', () => {
  const data = plain().map((value) => (value === 0 ? 0 : value - 540))
  const centre = 12 + EDGE * (12 + EDGE * 12)
  data[centre] = 0
  const found = plainOf(data)
  assert.ok(Math.abs(found[centre]! - 500) < 1, `${found[centre]}`)
})

test('voxels that no scanner gives take the value of their neighbours: inside the mean of them, outside the fill', () => {
  const data = plain()
  const hot = data.slice()
  const wild = [1e9, -32_768, 32_767, 3e38]
  const places = [2, 12 + EDGE * (12 + EDGE * 12), 12 + EDGE * (12 + EDGE * 9), 5 + EDGE * (12 + EDGE * 12)]
  places.forEach((at, index) => {
    hot[at] = wild[index]!
  })
  const found = plainOf(hot)
  for (let at = 0; at < data.length; at++) if (!places.includes(at)) assert.equal(found[at], data[at])
  assert.equal(found[places[0]!], 0)
  const centre = places[1]!
  const neighbours = [1, -1, EDGE, -EDGE, EDGE ** 2, -(EDGE ** 2)].map((step) => data[centre + step]!)
  assert.ok(Math.abs(found[centre]! - neighbours.reduce((sum, value) => sum + value, 0) / 6) < 0.01)
})

test('a scan of nothing but its fill is left for others to refuse', () => {
  const flat = scanOf(new Float32Array(EDGE ** 3).fill(5))
  assert.equal(plainValues(flat), flat)
})

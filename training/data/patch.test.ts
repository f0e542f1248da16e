import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../compile/random.ts'
import type { AugmentSpec } from './augment/spec.ts'
import { type Head, strataOf } from './head.ts'
import { drawPatch, patchStart } from './patch.ts'

const OFF: AugmentSpec = {
  flip: 0,
  spatial: 0,
  rotationDegrees: 0,
  scale: [1, 1],
  gamma: 0,
  gain: 0,
  shift: 0,
  bias: 0,
  noise: 0,
  blur: 0,
  blurVoxels: 0,
}
/** 12×10×8 voxels whose first channel is their own index; one lesion voxel. */
const LESION_VOXEL = 7 + 12 * (6 + 10 * 5)
const ramp = Float32Array.from({ length: 960 }, (_, v) => v)
const sets = new Uint8Array(960).fill(15)
sets[LESION_VOXEL] = 16
const HEAD: Head = {
  name: 'ramp',
  shape: [12, 10, 8],
  channels: [ramp, ramp.map((v) => -v)],
  padding: [0, -959],
  sets,
  backgroundSet: 15,
  ownSet: 127,
  strata: strataOf(sets),
}

function draw(head: Head, patchVoxels: readonly [number, number, number], spec: AugmentSpec, seed: number, drop = 0) {
  const size = patchVoxels[0] * patchVoxels[1] * patchVoxels[2]
  const image = new Float32Array(size * head.channels.length)
  const target = new Uint8Array(size)
  drawPatch(head, { patchVoxels, anywhere: 0, dropChannel: drop }, spec, seededRandom(seed), image, target)
  return { image, target }
}

test('a patch contains its voxel and stays inside where it fits', () => {
  const random = seededRandom(1)
  for (let i = 0; i < 10; i++) {
    const starts = new Set(Array.from({ length: 200 }, () => patchStart(i, 4, 10, random)))
    for (const start of starts) assert.ok(start >= 0 && start <= 6 && start <= i && i < start + 4, `${i}: ${start}`)
    // every place is reached: voxel 0 only by start 0, voxel 5 by 2, 3, 4, 5
    assert.equal(starts.size, Math.min(i, 6) - Math.max(0, i - 3) + 1)
  }
  const around = new Set(Array.from({ length: 200 }, () => patchStart(2, 6, 4, random)))
  assert.deepEqual(
    [...around].sort((a, b) => a - b),
    [-2, -1, 0],
  )
})

test('a patch is drawn around a voxel of the stated class, z, y, x and channel last', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { image, target } = draw(HEAD, [4, 3, 2], OFF, seed)
    const lesion = target.indexOf(16)
    assert.ok(lesion >= 0, `seed ${seed}`)
    // intensities pass a table of 2048 steps: half a step of 959/2048
    assert.ok(Math.abs(image[2 * lesion]! - LESION_VOXEL) <= 0.5)
    assert.ok(Math.abs(image[2 * lesion + 1]! + LESION_VOXEL) <= 0.5)
    // the next value along x is 1 more, along y 12, along z 120
    assert.ok(Math.abs(image[2 * 23]! - image[0]! - (3 + 2 * 12 + 120)) <= 1)
  }
})

test('a flip mirrors image and target together', () => {
  const { image, target } = draw(HEAD, [4, 3, 2], { ...OFF, flip: 1 }, 3)
  const lesion = target.indexOf(16)
  assert.ok(Math.abs(image[2 * lesion]! - LESION_VOXEL) <= 0.5)
  assert.ok(image[0]! > image[2 * 3]!)
})

test('rotation and scale move image and target together', () => {
  // a bright ball that is the lesion
  const n = 24
  const inside = (v: number) => Math.hypot((v % n) - 12, (Math.floor(v / n) % n) - 11, Math.floor(v / (n * n)) - 13) < 5
  const ballSets = Uint8Array.from({ length: n ** 3 }, (_, v) => (inside(v) ? 16 : 15))
  const head: Head = {
    ...HEAD,
    shape: [n, n, n],
    channels: [Float32Array.from(ballSets, (set) => (set === 16 ? 3 : -1))],
    padding: [-1],
    sets: ballSets,
    strata: strataOf(ballSets),
  }
  const spec = { ...OFF, spatial: 1, rotationDegrees: 20, scale: [0.9, 1.1] as [number, number] }
  for (let seed = 0; seed < 10; seed++) {
    const { image, target } = draw(head, [16, 16, 16], spec, seed)
    const agree = target.filter((set, v) => (set === 16) === image[v]! > 1).length / target.length
    assert.ok(agree > 0.98, `seed ${seed}: ${agree}`)
    assert.ok(target.includes(16))
  }
})

test('a scan that moved is shifted as a whole; the truth and the other scan stay', () => {
  const shifts = new Set<number>()
  for (let seed = 0; seed < 30; seed++) {
    const draws = [0, 1].map((chance) => {
      const [image, target] = [new Float32Array(2 * 27), new Uint8Array(27)]
      const misaligned = { channel: 'flair', index: 1, chance, shiftVoxels: 2, rotationDegrees: 0 } as const
      drawPatch(
        HEAD,
        { patchVoxels: [3, 3, 3], anywhere: 0, dropChannel: 0, misaligned },
        OFF,
        seededRandom(seed),
        image,
        target,
      )
      return { image, target }
    })
    const [still, moved] = draws as [(typeof draws)[number], (typeof draws)[number]]
    assert.deepEqual(moved.target, still.target)
    // −index: a shift by (x, y, z) takes x + 12·y + 120·z away everywhere, and at most 2 + 24 + 240
    const away = Array.from({ length: 27 }, (_, v) => still.image[2 * v + 1]! - moved.image[2 * v + 1]!)
    for (let v = 0; v < 27; v++) assert.equal(moved.image[2 * v], still.image[2 * v])
    const isInside = moved.image.every((value, at) => at % 2 === 0 || value > -958)
    if (!isInside) continue
    assert.ok(Math.max(...away) - Math.min(...away) < 1 && Math.abs(away[0]!) <= 266.5, `seed ${seed}: ${away}`)
    shifts.add(Math.round(away[0]!))
  }
  assert.ok(shifts.size > 5, `${[...shifts]}`)
})

test("outside the grid a patch shows each channel's minimum and the background set", () => {
  const { image, target } = draw(HEAD, [16, 10, 8], OFF, 2)
  const outside = [...image.keys()].filter(
    (at) => at % 2 === 0 && Math.abs(image[at]!) < 0.5 && Math.abs(image[at + 1]! + 959) < 0.5,
  )
  assert.equal(outside.length, 4 * 10 * 8)
  for (const at of outside) assert.equal(target[at / 2], 15)
})

test('a dropped channel is zero, and never both are', () => {
  const dropped = [0, 0]
  for (let seed = 0; seed < 40; seed++) {
    const { image } = draw(HEAD, [4, 3, 2], OFF, seed, 1)
    const zero = [0, 1].map((c) => image.every((value, at) => at % 2 !== c || value === 0))
    assert.equal(zero.filter(Boolean).length, 1)
    dropped[zero.indexOf(true)]!++
  }
  assert.ok(dropped[0]! > 8 && dropped[1]! > 8, `${dropped}`)
})

test('a channel that is not there is zero and is not augmented', () => {
  const head = { ...HEAD, channels: [null, ramp], padding: [0, 0] }
  const { image } = draw(head, [4, 3, 2], { ...OFF, noise: 1, shift: 1 }, 1, 1)
  assert.ok(image.every((value, at) => at % 2 === 1 || value === 0))
  assert.ok(image.some((value) => value !== 0))
})

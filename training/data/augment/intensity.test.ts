import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../../../src/volume/volume.ts'
import { seededRandom } from '../../compile/random.ts'
import { augmentIntensity } from './intensity.ts'
import type { AugmentSpec } from './spec.ts'

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
const SHAPE: Shape = [10, 9, 8]
const ramp = () => Float32Array.from({ length: 720 }, (_, v) => -2 + (v % 100) / 20)
const run = (spec: AugmentSpec, seed: number) =>
  augmentIntensity(ramp(), new Float32Array(720), SHAPE, spec, seededRandom(seed))

test('with everything off the intensities stay, within one step of the table', () => {
  // range 4.95 in 2048 steps
  run(OFF, 1).forEach((value, v) => {
    assert.ok(Math.abs(value - ramp()[v]!) <= 4.95 / 2048 + 1e-5)
  })
})

test('gamma and bias leave the darkest value where it is and keep the order along a row', () => {
  for (let seed = 0; seed < 10; seed++) {
    const out = run({ ...OFF, gamma: 0.5, gain: 0.2 }, seed)
    assert.ok(Math.abs(out[0]! + 2) < 1e-5)
    for (let v = 1; v < 100; v++) assert.ok(out[v]! >= out[v - 1]!)
  }
  assert.ok(Math.abs(run({ ...OFF, bias: 0.5 }, 4)[0]! + 2) < 1e-5)
})

test('a shift moves every voxel alike', () => {
  const out = run({ ...OFF, shift: 1 }, 6)
  const moved = out[0]! + 2
  assert.ok(Math.abs(moved) > 0.01)
  out.forEach((value, v) => {
    assert.ok(Math.abs(value - moved - ramp()[v]!) <= 4.95 / 2048 + 1e-5)
  })
})

/** Patches that stand on a part of the grid only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AFFINE, channel, modulo } from '../../test/fixtures/walked-grid.ts'
import type { InferenceSpec } from '../model/card.ts'
import type { Engine } from './engine.ts'
import { slidingWindow } from './sliding-window.ts'

const SHAPE = [30, 9, 26] as const
const [NX, NY, NZ] = SHAPE
const SPEC: InferenceSpec = {
  patchVoxels: [8, 9, 10],
  overlap: 0.5,
  blend: { kind: 'gaussian', sigmaFraction: 0.2 },
}
/** Steps of at most 4 and 5: along x 3 patches in place of 7, along z 2 in place of 5; a twelfth of a patch is no voxel. */
const WITHIN = { start: [9, 0, 5], end: [24, 9, 20] } as const
const X_STARTS = [9, 13, 16]
const Z_STARTS = [5, 10]
const GRID = { shape: SHAPE, affine: AFFINE }

function placeOf(voxel: number) {
  const [x, y, z] = [voxel % NX, Math.floor(voxel / NX) % NY, Math.floor(voxel / (NX * NY))]
  return { x, y, z, isSeen: x >= 9 && x < 24 && z >= 5 && z < 20 }
}

test('the engine is asked for the patches on that part and for no other, and progress counts these', async () => {
  const asked: number[] = []
  const told: string[] = []
  const engine: Engine = async (patch) => {
    asked.push(patch[0]!) // the number of its first voxel
    return new Float32Array(2 * patch.length)
  }
  const input = { grid: GRID, channels: [channel(SHAPE, (i) => i)] }
  const onPatch = (done: number, total: number) => told.push(`${done}/${total}`)
  await slidingWindow(input, SPEC, 2, engine, { within: WITHIN, onPatch })
  assert.deepEqual(
    asked,
    Z_STARTS.flatMap((z) => X_STARTS.map((x) => x + NX * NY * z)),
  )
  assert.deepEqual(told, ['1/6', '2/6', '3/6', '4/6', '5/6', '6/6'])
})

test('seen voxels get their labels; the others are background of no confidence, and within a brain anything', async () => {
  const input = { grid: GRID, channels: [channel(SHAPE, (i) => 1 + (i % 3))] }
  const found = await slidingWindow(input, SPEC, 4, modulo(1, 4), { within: WITHIN, inBrain: true })
  for (let voxel = 0; voxel < found.data.length; voxel++) {
    const { isSeen } = placeOf(voxel)
    const expected = isSeen ? 1 + (voxel % 3) : 0
    assert.equal(found.data[voxel], expected)
    assert.equal(found.inBrain!.labels[voxel], isSeen ? expected : 1)
    // e of e + 3, and of e + 2 without background
    assert.equal(found.confidence[voxel], isSeen ? 121 : 0)
    assert.equal(found.inBrain!.confidence[voxel], isSeen ? 147 : 0)
  }
})

test('up to the last voxel that is seen labels and confidence are those of a blend in float64', async () => {
  let state = 7
  const random = () => {
    state = (state * 48271) % 2147483647 // Lehmer
    return (4 * state) / 2147483647
  }
  const patches: Float32Array[] = []
  const engine: Engine = async () => {
    patches.push(Float32Array.from({ length: 720 * 3 }, random))
    return patches.at(-1)!
  }
  const shift = [0, 0.5, -0.25]
  const spec = { ...SPEC, logitShift: shift }
  const found = await slidingWindow({ grid: GRID, channels: [null] }, spec, 3, engine, { within: WITHIN })

  const gauss = (i: number, n: number) => Math.exp(-((i - (n - 1) / 2) ** 2) / (2 * (0.2 * n) ** 2))
  const sums = new Float64Array(NX * NY * NZ * 3)
  const weights = new Float64Array(NX * NY * NZ)
  let at = 0
  for (const z of Z_STARTS) {
    for (const x of X_STARTS) {
      const logits = patches[at++]!
      for (let own = 0; own < 720; own++) {
        const [u, v, t] = [own % 8, Math.floor(own / 8) % 9, Math.floor(own / 72)]
        const voxel = x + u + NX * (v + NY * (z + t))
        const weight = gauss(u, 8) * gauss(v, 9) * gauss(t, 10)
        weights[voxel]! += weight
        for (let k = 0; k < 3; k++) sums[3 * voxel + k]! += weight * logits[720 * k + own]!
      }
    }
  }
  assert.equal(at, patches.length)
  let seen = 0
  for (let voxel = 0; voxel < weights.length; voxel++) {
    const { isSeen } = placeOf(voxel)
    assert.equal(weights[voxel]! > 0, isSeen)
    if (!isSeen) continue
    seen++
    const means = shift.map((by, k) => sums[3 * voxel + k]! / weights[voxel]! + by)
    const most = Math.max(...means)
    assert.equal(found.data[voxel], means.indexOf(most))
    const probability = 1 / means.reduce((sum, mean) => sum + Math.exp(mean - most), 0)
    assert.ok(Math.abs(found.confidence[voxel]! - 255 * probability) <= 0.51)
  }
  assert.equal(seen, 15 * 9 * 15)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { voxelEngine } from '../../test/fixtures/voxel-engine.ts'
import { AFFINE, channel, modulo, SHAPE, SPEC } from '../../test/fixtures/walked-grid.ts'
import { FaultError } from '../errors.ts'
import type { InferenceSpec } from '../model/card.ts'
import { rowDecider } from './decide-row.ts'
import type { Engine } from './engine.ts'
import { planeRingBytes } from './held-logits.ts'
import { planeRing } from './plane-ring.ts'
import { slidingWindow } from './sliding-window.ts'

test('an engine that looks at one voxel at a time gives the same labels however the grid is cut', async () => {
  const first = channel(SHAPE, (i) => i % 5)
  const second = channel(SHAPE, (i) => Math.floor(i / 7) % 3)
  const expected = Uint8Array.from(first.data, (value, i) => (value + 2 * second.data[i]!) % 4)
  for (const patchVoxels of [
    [8, 12, 10],
    [5, 3, 4],
    [64, 64, 64],
  ] as const) {
    for (const overlap of [0, 0.5, 0.8]) {
      const spec = { ...SPEC, patchVoxels: [...patchVoxels] as [number, number, number], overlap }
      const input = { grid: { shape: SHAPE, affine: AFFINE }, channels: [first, second] }
      const labels = await slidingWindow(input, spec, 4, modulo(2, 4))
      assert.deepEqual(labels.data, expected, `patch ${patchVoxels}, overlap ${overlap}`)
      assert.equal(labels.affine, AFFINE)
    }
  }
})

test('a channel that was not sent reaches the network as zeros', async () => {
  const second = channel(SHAPE, (i) => i % 3)
  const input = { grid: { shape: SHAPE, affine: AFFINE }, channels: [null, second] }
  const labels = await slidingWindow(input, SPEC, 5, modulo(2, 5))
  assert.deepEqual(
    labels.data,
    Uint8Array.from(second.data, (value) => 2 * value),
  )
})

test('past the end of the grid a patch is filled with the channel minimum', async () => {
  const shape = [2, 2, 2] as const
  const seen: number[] = []
  const engine: Engine = async (input) => {
    seen.push(...input)
    return new Float32Array(2 * input.length)
  }
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [3, 2, 2] }
  const ramp = channel(shape, (i) => i - 4)
  await slidingWindow({ grid: { shape, affine: AFFINE }, channels: [ramp] }, spec, 2, engine)
  assert.deepEqual(seen, [-4, -3, -4, -2, -1, -4, 0, 1, -4, 2, 3, -4])
})

test('the labels are those of a blend over the whole grid in float64', async () => {
  const shape = [13, 9, 17] as const
  const [nx, ny, nz] = shape
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [6, 5, 8] }
  const labelCount = 3
  let state = 1
  const random = () => {
    state = (state * 48271) % 2147483647 // Lehmer
    return state / 2147483647
  }
  const patches: Float32Array[] = []
  const engine: Engine = async () => {
    patches.push(Float32Array.from({ length: 6 * 5 * 8 * labelCount }, random))
    return patches.at(-1)!
  }
  const input = { grid: { shape, affine: AFFINE }, channels: [null] }
  const labels = await slidingWindow(input, spec, labelCount, engine)

  // Steps 3, 3, 4 (half a patch of 6, 5 → 2.5 rounded to 3, 8) over travels of 7, 4, 9.
  const starts = { x: [0, 2, 5, 7], y: [0, 2, 4], z: [0, 3, 6, 9] }
  const sums = new Float64Array(nx * ny * nz * labelCount)
  const gauss = (i: number, n: number) => Math.exp(-((i - (n - 1) / 2) ** 2) / (2 * (0.2 * n) ** 2))
  let at = 0
  for (const z of starts.z) {
    for (const y of starts.y) {
      for (const x of starts.x) {
        const logits = patches[at++]!
        for (const [i, logit] of logits.entries()) {
          const [u, v, t, k] = [i % 6, Math.floor(i / 6) % 5, Math.floor(i / 30) % 8, Math.floor(i / 240)]
          const voxel = x + u + nx * (y + v + ny * (z + t))
          sums[voxel * labelCount + k]! += gauss(u, 6) * gauss(v, 5) * gauss(t, 8) * logit
        }
      }
    }
  }
  assert.equal(at, patches.length)
  const expected = Uint8Array.from({ length: nx * ny * nz }, (_, voxel) => {
    const own = [...sums.subarray(voxel * labelCount, (voxel + 1) * labelCount)]
    return own.indexOf(Math.max(...own))
  })
  assert.deepEqual(labels.data, expected)
})

test('the middle of a patch outvotes the rim of its neighbour', async () => {
  const shape = [16, 1, 1] as const
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [8, 1, 1], blend: { kind: 'gaussian', sigmaFraction: 0.125 } }
  const rimSaysZero: Engine = async () => Float32Array.from([1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0])
  const labels = await slidingWindow({ grid: { shape, affine: AFFINE }, channels: [null] }, spec, 2, rimSaysZero)
  // Only at the two ends of the grid is there no other patch to ask.
  assert.deepEqual([...labels.data], [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
})

test('an abort between two patches ends the walk with the fault cancelled', async () => {
  const controller = new AbortController()
  const seen: number[] = []
  const run = slidingWindow({ grid: { shape: SHAPE, affine: AFFINE }, channels: [null] }, SPEC, 2, modulo(1, 2), {
    signal: controller.signal,
    onPatch: (done) => {
      seen.push(done)
      if (done === 3) setImmediate(() => controller.abort())
    },
  })
  await assert.rejects(run, (error: unknown) => error instanceof FaultError && error.fault.kind === 'cancelled')
  assert.ok(seen.length <= 4, `${seen.length} patches`)
})

test('logits are held for patchDepth planes: 64 planes of 256², 5 labels, take 84 MB where all 256 would take 336', () => {
  const shape = [256, 256, 256] as const
  const before = process.memoryUsage().arrayBuffers
  const weight = new Float32Array(64).fill(1)
  const sums = new Float64Array(256).fill(4)
  const spec = { shape, patchVoxels: [64, 64, 64], labelCount: 5, weights: [weight, weight, weight] } as const
  const nothing = { labels: new Uint8Array(0), confidence: new Uint8Array(0) }
  const ring = planeRing({ ...spec, starts: [], weightSums: [sums, sums, sums] }, rowDecider(5), nothing)
  const heldBytes = process.memoryUsage().arrayBuffers - before
  assert.equal(planeRingBytes(shape, 64, 5), 83_886_080)
  assert.ok(heldBytes >= 83_886_080 && heldBytes < 84_000_000, `${heldBytes} bytes`)
  ring.release()
})

test('an engine that gives another number of logits than the card has labels is refused', async () => {
  const input = { grid: { shape: SHAPE, affine: AFFINE }, channels: [null] }
  await assert.rejects(
    slidingWindow(input, SPEC, 2, async () => new Float32Array(7)),
    /7 logits/,
  )
})

test('the confidence is the softmax probability of the label, of the mean of the blended logits', async () => {
  // One voxel a patch of 2 along x: patches at 0 and 1 overlap in the middle voxel with equal weights.
  const shape = [3, 1, 1] as const
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [2, 1, 1] }
  const answers = [
    [0, 0, Math.log(2), Math.log(2)],
    [0, 0, Math.log(32), 0],
  ]
  const engine: Engine = async () => Float32Array.from(answers.shift()!)
  const found = await slidingWindow({ grid: { shape, affine: AFFINE }, channels: [null] }, spec, 2, engine)
  assert.deepEqual([...found.data], [1, 1, 0])
  // p = 2/3; the middle: the mean of ln 2 and ln 32 is ln 8, p = 8/9; a tie: 1/2. Of 255: 170, 226.7 and 127.5.
  assert.deepEqual([...found.confidence], [170, 227, 128])
})

test("the card's shift is added to the mean logits before the likeliest label and its probability are taken", async () => {
  const shape = [3, 1, 1] as const
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [2, 1, 1], logitShift: [0, -Math.log(4)] }
  const answers = [
    [0, 0, Math.log(2), Math.log(2)],
    [0, 0, Math.log(32), 0],
  ]
  const engine: Engine = async () => Float32Array.from(answers.shift()!)
  const found = await slidingWindow({ grid: { shape, affine: AFFINE }, channels: [null] }, spec, 2, engine)
  assert.deepEqual([...found.data], [0, 1, 0])
  // Means ln 2, ln 8 and 0 less ln 4: odds 1/2, 2 and 1/4. p = 2/3, 2/3, 4/5 of 255.
  assert.deepEqual([...found.confidence], [170, 170, 204])
  const short = { ...spec, logitShift: [0] }
  await assert.rejects(
    slidingWindow({ grid: { shape, affine: AFFINE }, channels: [null] }, short, 2, engine),
    /1 logits/,
  )
})

test('a patch whose corner alone covers a voxel is divided by its small weight: the confidence does not fade', async () => {
  const shape = [16, 4, 4] as const
  const spec: InferenceSpec = { ...SPEC, patchVoxels: [8, 4, 4], blend: { kind: 'gaussian', sigmaFraction: 0.06 } }
  const engine = voxelEngine(1, () => [0, Math.log(4)])
  const found = await slidingWindow({ grid: { shape, affine: AFFINE }, channels: [null] }, spec, 2, engine)
  assert.deepEqual(found.confidence, new Uint8Array(256).fill(204)) // 4/5 of 255
})

/** The traced weight gradient against its definition in double precision: dW[k] = Σ_p x[p + k] · dy[p]ᵀ. */
import '../../cpu-backend.ts'
// tfjs's own gradients are registered by its layers.
import '@tensorflow/tfjs-layers'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '../../random.ts'
import { float32, openRuntime } from '../../runtime.ts'
import { trace } from '../trace.ts'

type Three = [number, number, number]

before(() => tf.setBackend('cpu'))

const random = seededRandom(9)
const draw = (length: number) => Float32Array.from({ length }, () => random.normal())

/** x [N, D, H, W, Ci], dy [N, D, H, W, Co] → [kd, kh, kw, Ci, Co]; voxels outside are zero. */
function definition(x: Float32Array, dy: Float32Array, n: number, box: Three, k: Three, ci: number, co: number) {
  const [d, h, w] = box
  const half = k.map((size) => (size - 1) / 2) as Three
  const result: number[] = []
  for (let a = 0; a < k[0]; a++)
    for (let b = 0; b < k[1]; b++)
      for (let c = 0; c < k[2]; c++)
        for (let p = 0; p < ci; p++)
          for (let q = 0; q < co; q++) {
            let sum = 0
            for (let sample = 0; sample < n; sample++)
              for (let z = 0; z < d; z++)
                for (let y = 0; y < h; y++)
                  for (let i = 0; i < w; i++) {
                    const [zz, yy, ii] = [z + a - half[0], y + b - half[1], i + c - half[2]]
                    if (zz < 0 || zz >= d || yy < 0 || yy >= h || ii < 0 || ii >= w) continue
                    const from = ((sample * d + zz) * h + yy) * w + ii
                    const to = ((sample * d + z) * h + y) * w + i
                    sum += x[from * ci + p]! * dy[to * co + q]!
                  }
            result.push(sum)
          }
  return result
}

const CASES: readonly { n: number; box: Three; kernel: Three }[] = [
  { n: 1, box: [4, 3, 5], kernel: [3, 3, 3] },
  { n: 2, box: [3, 4, 2], kernel: [3, 3, 3] },
  { n: 1, box: [2, 1, 1], kernel: [3, 3, 3] },
  { n: 2, box: [3, 4, 6], kernel: [1, 3, 5] },
  { n: 1, box: [4, 3, 2], kernel: [3, 1, 1] },
  { n: 2, box: [3, 2, 2], kernel: [1, 1, 1] },
  // A plane of dy's nine shifts takes 9 · 3 · 250² · 4 bytes = 6.4 MiB: a slab a plane.
  { n: 1, box: [3, 250, 250], kernel: [3, 3, 1] },
]

const TARGETS = ['cpu', 'gpu'] as const

for (const [{ n, box, kernel }, target] of CASES.flatMap((one) => TARGETS.map((target) => [one, target] as const))) {
  test(`the weight gradient of a ${kernel.join('×')} kernel on ${n} × ${box.join('×')} voxels is its definition, for a ${target}`, async () => {
    const [ci, co] = [2, 3]
    const [xShape, yShape] = [
      [n, ...box, ci],
      [n, ...box, co],
    ]
    const [x, dy] = [draw(xShape.reduce((a, b) => a * b)), draw(yShape.reduce((a, b) => a * b))]
    const program = (inputs: Record<string, tf.Tensor>) => {
      const f = (w: tf.Tensor) => tf.conv3d(inputs['x'] as tf.Tensor5D, w as tf.Tensor5D, 1, 'same')
      return { dw: tf.grad(f)(tf.zeros([...kernel, ci, co]), inputs['dy']!) }
    }
    const runtime = await openRuntime(await trace(program, { inputs: { x: xShape, dy: yShape }, target }), 'cpu', 1)
    const { dw } = await runtime.run({ x: float32(x, xShape), dy: float32(dy, yShape) })
    await runtime.close()
    const expected = definition(x, dy, n, box, kernel, ci, co)
    // Rounding grows with the sum: 1e-4 of the deviation of a sum of so many products.
    const tolerance = 1e-4 * Math.sqrt(n * box.reduce((a, b) => a * b, 1))
    assert.deepEqual(dw!.dims, [...kernel, ci, co])
    for (const [i, value] of (dw!.data as Float32Array).entries()) assert.ok(Math.abs(value - expected[i]!) < tolerance)
  })
}

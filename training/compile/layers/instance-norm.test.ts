/** Instance norm with its scale and shift, in tfjs and traced, against central differences of its formula in float64. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, centralDifferences, standardize64 } from '../../../test/fixtures/float64.ts'
import { seededRandom } from '../random.ts'
import { float32, openRuntime } from '../runtime.ts'
import { trace } from '../trace/trace.ts'
import { EPSILON, instanceNorm } from './instance-norm.ts'

const BOX: Box = [3, 2, 4]
const [SAMPLES, CHANNELS] = [2, 3]
const SHAPE = [SAMPLES, ...BOX, CHANNELS]
const SIZE = SHAPE.reduce((a, b) => a * b)

before(() => tf.setBackend('cpu'))

const random = seededRandom(4)
// Channel means of about 3: the gradient's sums must not lose the deviation in the mean.
const x = Array.from({ length: SIZE }, () => Math.fround(3 + random.normal()))
const weights = Array.from({ length: SIZE }, () => Math.fround(random.normal()))
const gamma = [1.5, -0.5, 2]
const beta = [0.25, 1, -3]

/** Σ weights · norm(x). */
function formula(values: number[], scale: number[], shift: number[]): number {
  const perSample = SIZE / SAMPLES
  const standard = [0, 1].flatMap((s) =>
    standardize64(values.slice(s * perSample, (s + 1) * perSample), CHANNELS, EPSILON),
  )
  return standard.reduce(
    (sum, value, i) => sum + weights[i]! * (scale[i % CHANNELS]! * value + shift[i % CHANNELS]!),
    0,
  )
}

const EXPECTED: Readonly<Record<string, number[]>> = {
  x: centralDifferences((v) => formula(v, gamma, beta), x),
  gamma: centralDifferences((v) => formula(x, v, beta), gamma),
  beta: centralDifferences((v) => formula(x, gamma, v), beta),
}

function assertGradients(found: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, expected] of Object.entries(EXPECTED)) {
    const scale = Math.max(...expected.map(Math.abs))
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(found[name]![i]! - value) < 1e-4 * scale, `${name} ${i}: ${found[name]![i]} for ${value}`)
    }
  }
}

/** The value and the gradients by x, γ and β. */
function program(inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    tf.sum(tf.mul(instanceNorm(a, b, c), tf.tensor(weights, SHAPE))) as tf.Scalar
  const { value, grads } = tf.valueAndGrads(f as (...xs: tf.Tensor[]) => tf.Tensor)([
    inputs['x']!,
    inputs['gamma']!,
    inputs['beta']!,
  ])
  return { value, x_: grads[0]!, gamma_: grads[1]!, beta_: grads[2]! }
}

test('tfjs has the value and the gradients of the formula', () => {
  const result = program({ x: tf.tensor(x, SHAPE), gamma: tf.tensor(gamma), beta: tf.tensor(beta) })
  assert.ok(Math.abs(result['value']!.dataSync()[0]! - formula(x, gamma, beta)) < 1e-3)
  assertGradients(Object.fromEntries(Object.keys(EXPECTED).map((name) => [name, result[`${name}_`]!.dataSync()])))
})

test('the traced graph has the value and the gradients of the formula', async () => {
  const shapes = { x: SHAPE, gamma: [CHANNELS], beta: [CHANNELS] }
  const runtime = await openRuntime(await trace(program, { inputs: shapes }), 'cpu', 1)
  const values = { x, gamma, beta }
  const result = await runtime.run(
    Object.fromEntries(
      Object.entries(values).map(([name, data]) => [
        name,
        float32(Float32Array.from(data), shapes[name as keyof typeof shapes]),
      ]),
    ),
  )
  await runtime.close()
  assert.ok(Math.abs(Number(result['value']!.data[0]) - formula(x, gamma, beta)) < 1e-3)
  assertGradients(
    Object.fromEntries(Object.keys(EXPECTED).map((name) => [name, result[`${name}_`]!.data as Float32Array])),
  )
})

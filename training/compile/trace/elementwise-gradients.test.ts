/** Gradients of elementwise kernels, traced, against central differences of the plain formula in float64. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
// For what it does on import: it registers tfjs's gradients.
import '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { assertClose, tracedGradients } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const SHAPE = [1, 2, 2, 2, 3]
const COUNT = 24
const random = seededRandom(17)
type Interval = readonly [low: number, high: number]
const draw = ([low, high]: Interval) => Array.from({ length: COUNT }, () => Math.fround(random.uniform(low, high)))
const weights = draw([0.5, 2])

/** Puts x into channels-first. */
const moved = (x: tf.Tensor) =>
  tf.conv3d(x as tf.Tensor5D, tf.reshape(tf.eye(3), [1, 1, 1, 3, 3]) as tf.Tensor5D, 1, 'same')

/** erf by its series, exact in float64 for |x| < 3. */
function erf64(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** Values of both signs, and away from 0: [low, high] of x, mirrored for every second element. */
const bothSigns = (values: number[]) => values.map((value, i) => (i % 2 === 0 ? value : -value))

type One = readonly [op: (x: tf.Tensor) => tf.Tensor, formula: (x: number) => number, domain: Interval | 'both']

const ONE: Readonly<Record<string, One>> = {
  abs: [tf.abs, Math.abs, 'both'],
  acos: [tf.acos, Math.acos, [-0.8, 0.8]],
  acosh: [tf.acosh, Math.acosh, [1.2, 3]],
  asin: [tf.asin, Math.asin, [-0.8, 0.8]],
  asinh: [tf.asinh, Math.asinh, [-2, 2]],
  atan: [tf.atan, Math.atan, [-2, 2]],
  atanh: [tf.atanh, Math.atanh, [-0.8, 0.8]],
  floorDiv: [
    (x) => tf.add(tf.square(x), tf.cast(tf.floorDiv(x, 5), 'float32')),
    (x) => x * x + Math.floor(x / 5),
    [1, 4],
  ],
  'cast to the same type': [(x) => tf.square(tf.cast(x, 'float32')), (x) => x * x, [-2, 2]],
  clipByValue: [(x) => tf.clipByValue(x, -1, 1), (x) => Math.max(-1, Math.min(1, x)), 'both'],
  cos: [tf.cos, Math.cos, [-2, 2]],
  cosh: [tf.cosh, Math.cosh, [-2, 2]],
  elu: [tf.elu, (x) => (x > 0 ? x : Math.expm1(x)), 'both'],
  erf: [tf.erf, erf64, [-2, 2]],
  exp: [tf.exp, Math.exp, [-2, 2]],
  expm1: [tf.expm1, Math.expm1, [-2, 2]],
  identity: [(x) => tf.square(tf.clone(x)), (x) => x * x, [-2, 2]],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.2), (x) => (x > 0 ? x : 0.2 * x), 'both'],
  log: [tf.log, Math.log, [0.3, 2]],
  log1p: [tf.log1p, Math.log1p, [-0.7, 2]],
  neg: [tf.neg, (x) => -x, 'both'],
  reciprocal: [tf.reciprocal, (x) => 1 / x, 'both'],
  relu: [tf.relu, (x) => Math.max(0, x), 'both'],
  relu6: [(x) => tf.relu6(tf.mul(x, 5)), (x) => Math.max(0, Math.min(6, 5 * x)), 'both'],
  rsqrt: [tf.rsqrt, (x) => 1 / Math.sqrt(x), [0.3, 2]],
  selu: [tf.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)), 'both'],
  sigmoid: [tf.sigmoid, (x) => 1 / (1 + Math.exp(-x)), [-2, 2]],
  sin: [tf.sin, Math.sin, [-2, 2]],
  sinh: [tf.sinh, Math.sinh, [-2, 2]],
  softplus: [tf.softplus, (x) => Math.log1p(Math.exp(x)), [-2, 2]],
  sqrt: [tf.sqrt, Math.sqrt, [0.3, 2]],
  square: [tf.square, (x) => x * x, [-2, 2]],
  tan: [tf.tan, Math.tan, [-1, 1]],
  tanh: [tf.tanh, Math.tanh, [-2, 2]],
}

const weighted = (y: tf.Tensor) => tf.sum(tf.mul(y, tf.tensor(weights, SHAPE)))
const dot = (values: number[]) => values.reduce((sum, value, i) => sum + value * weights[i]!, 0)

for (const [name, [op, formula, domain]] of Object.entries(ONE)) {
  test(`the traced gradient of ${name} is that of its formula, in either layout`, async () => {
    const x =
      domain === 'both' ? bothSigns(draw([0.3, 0.9]).map((v, i) => (i % 3 === 0 ? 2 * v + 0.5 : v))) : draw(domain)
    const expected = centralDifferences((v) => dot(v.map(formula)), x)
    for (const layout of [(t: tf.Tensor) => t, moved]) {
      const [gradient] = await tracedGradients((t) => weighted(op(layout(t!))), [SHAPE], [x])
      assertClose(gradient!, expected, name)
    }
  })
}

type Two = readonly [
  op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  formula: (a: number, b: number) => number,
  a: Interval,
  b: Interval,
]

const TWO: Readonly<Record<string, Two>> = {
  add: [(a, b) => tf.square(tf.add(a, b)), (a, b) => (a + b) ** 2, [-2, 2], [-2, 2]],
  addN: [(a, b) => tf.square(tf.addN([a, tf.mul(b, tf.onesLike(a)), a])), (a, b) => (2 * a + b) ** 2, [-2, 2], [-2, 2]],
  atan2: [tf.atan2, Math.atan2, [-2, 2], [0.3, 2]],
  div: [tf.div, (a, b) => a / b, [-2, 2], [0.3, 2]],
  maximum: [tf.maximum, Math.max, [-2, -0.1], [-3, 2]],
  minimum: [tf.minimum, Math.min, [-2, -0.1], [-3, 2]],
  // a / b lies between 2 and 3, away from the jumps.
  mod: [tf.mod, (a, b) => a - b * Math.floor(a / b), [2.5, 2.9], [1, 1.2]],
  mul: [tf.mul, (a, b) => a * b, [-2, 2], [-2, 2]],
  pow: [tf.pow, (a, b) => a ** b, [0.3, 2], [-2, 2]],
  prelu: [tf.prelu, (a, b) => (a > 0 ? a : a * b), [-2, -0.2], [-2, 2]],
  squaredDifference: [tf.squaredDifference, (a, b) => (a - b) ** 2, [-2, 2], [-2, 2]],
  sub: [(a, b) => tf.square(tf.sub(a, b)), (a, b) => (a - b) ** 2, [-2, 2], [-2, 2]],
  where: [
    (a, b) => tf.where(tf.greater(a, 0), tf.mul(a, b), tf.square(b)),
    (a, b) => (a > 0 ? a * b : b * b),
    [-2, 2],
    [-2, 2],
  ],
}

for (const [name, [op, formula, intervalA, intervalB]] of Object.entries(TWO)) {
  for (const width of [COUNT, 3]) {
    test(`the traced gradients of ${name} are those of its formula, b of ${width} elements, in either layout`, async () => {
      const [a, b] = [draw(intervalA), draw(intervalB).slice(0, width)]
      const value = (u: number[], v: number[]) => dot(u.map((each, i) => formula(each, v[i % width]!)))
      const byA = centralDifferences((u) => value(u, b), a)
      const byB = centralDifferences((v) => value(a, v), b)
      const shapeB = width === COUNT ? SHAPE : [3]
      for (const layout of [(t: tf.Tensor) => t, moved]) {
        const f = (s: tf.Tensor, t: tf.Tensor) => weighted(op(layout(s), width === COUNT ? layout(t) : t))
        const [gradientA, gradientB] = await tracedGradients(
          f as (...xs: tf.Tensor[]) => tf.Tensor,
          [SHAPE, shapeB],
          [a, b],
        )
        assertClose(gradientA!, byA, 'a')
        assertClose(gradientB!, byB, 'b')
      }
    })
  }
}

const FLAT: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  ceil: tf.ceil,
  floor: tf.floor,
  onesLike: tf.onesLike,
  round: tf.round,
  sign: tf.sign,
  step: (x) => tf.step(x),
  zerosLike: tf.zerosLike,
}

for (const [name, op] of Object.entries(FLAT)) {
  test(`${name} is flat: its traced gradient is 0`, async () => {
    const x = draw([0.1, 0.4])
    // x² keeps the gradient's graph from being empty: 2x is what is left.
    const f = (t: tf.Tensor) => weighted(tf.add(op(t), tf.square(t)))
    const [gradient] = await tracedGradients((t) => f(t!), [SHAPE], [x])
    assertClose(
      gradient!,
      x.map((value, i) => 2 * value * weights[i]!),
      name,
    )
    assert.equal(gradient!.length, COUNT)
  })
}

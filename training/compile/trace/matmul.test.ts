/** Matrix products and what is made of them, traced: forward beside tfjs, gradients beside plain loops in float64. */
import '../cpu-backend.ts'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { matMul64 } from '../../../test/fixtures/float64-matmul.ts'
import {
  assertClose,
  assertSame,
  type Program,
  runDirect,
  runTraced,
  tracedGradients,
} from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(59)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** [..., 3, 4] times [..., 4, 2]: no batch, one each, one against many, other ranks, both ways. */
const BATCHES: readonly (readonly [a: number[], b: number[], both: number[]])[] = [
  [[], [], []],
  [[2], [2], [2]],
  [[2], [1], [2]],
  [[1], [3], [3]],
  [[2, 3], [2, 3], [2, 3]],
  [[2, 1], [1, 3], [2, 3]],
  [[], [2], [2]],
  [[3], [2, 1], [2, 3]],
] // biome-ignore format: a row a case

for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    const how = `${transposeA ? 'Aᵀ' : 'A'}·${transposeB ? 'Bᵀ' : 'B'}`
    test(`${how} has the values and the gradients of its formula at every rank, batches broadcasting`, async () => {
      for (const [batchA, batchB, batch] of BATCHES) {
        const shapes = [
          [...batchA, ...(transposeA ? [4, 3] : [3, 4])],
          [...batchB, ...(transposeB ? [2, 4] : [4, 2])],
        ]
        const values = shapes.map((shape) => draw(size(shape)))
        const result = [...batch, 3, 2]
        const weights = draw(size(result))
        const program = (...[a, b]: tf.Tensor[]) => tf.matMul(a!, b!, transposeA, transposeB)
        const formula = ([a, b]: number[][]) =>
          matMul64(
            { shape: shapes[0]!, values: a!, isTransposed: transposeA },
            { shape: shapes[1]!, values: b!, isTransposed: transposeB },
            result,
          )
        const [product] = await runTraced(program, shapes, values)
        assertClose(product!.values, formula(values), `${how} of [${shapes[0]}] and [${shapes[1]}]`)
        const loss = (...xs: tf.Tensor[]) => tf.sum(tf.mul(program(...xs), tf.tensor(weights, result)))
        const gradients = await tracedGradients(loss, shapes, values)
        for (const i of [0, 1]) {
          const expected = centralDifferences((v) => dot(formula(values.with(i, v)), weights), values[i]!)
          assertClose(gradients[i]!, expected, `${how}, gradient of [${shapes[i]}] in [${shapes[0]}]·[${shapes[1]}]`)
        }
      }
    })
  }
}

test('a product with a value that lies channels-first is the same', async () => {
  const values = [draw(24), draw(6), draw(9)]
  const program: Program = (...[x, w, copy]) => {
    // [2, 2, 2, 1, 3] comes out of a convolution; its voxels are the rows.
    const rows = tf.reshape(tf.conv3d(x as tf.Tensor5D, copy as tf.Tensor5D, 1, 'same'), [2, 4, 3])
    return [tf.matMul(rows, w!), tf.matMul(rows, tf.transpose(w!, [0, 2, 1]), false, true), tf.matMul(rows, rows, true)]
  }
  const shapes = [[2, 2, 2, 1, 3], [1, 3, 2], [1, 1, 1, 3, 3]] // biome-ignore format: one an input
  assertSame(await runTraced(program, shapes, values), runDirect(program, shapes, values), 'channels-first')
})

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const

test('a fused product with bias and activation is tfjs’s, for every activation that tfjs fuses', async () => {
  const shapes = [[3, 4], [5, 4], [5], [5]] // biome-ignore format: one an input
  const values = [draw(12), draw(20), draw(5), draw(5)]
  const program: Program = (...[a, b, bias, slopes]) =>
    ACTIVATIONS.flatMap((activation) => [
      tf.fused.matMul({ a: a!, b: b!, transposeB: true, bias: bias!, activation, preluActivationWeights: slopes!, leakyreluAlpha: 0.3 }), // biome-ignore format: one call
      tf.fused.matMul({ a: a!, b: b!, transposeB: true, activation, preluActivationWeights: slopes! }),
    ])
  assertSame(await runTraced(program, shapes, values), runDirect(program, shapes, values), 'fused')
})

test('a dense layer with its activation has the gradients of relu(x·W + b)', async () => {
  const shapes = [[3, 4], [4, 2], [2]] // biome-ignore format: one an input
  const values = [draw(12), draw(8), draw(2)]
  const weights = draw(6)
  const formula = ([x, w, b]: number[][]) =>
    matMul64({ shape: [3, 4], values: x!, isTransposed: false }, { shape: [4, 2], values: w!, isTransposed: false }, [3, 2])
      .map((value, i) => Math.max(0, value + b![i % 2]!)) // biome-ignore format: a chain
  const run = (...[x, w, b]: tf.Tensor[]) => {
    const layer = tfl.layers.dense({ units: 2, activation: 'relu', kernelInitializer: 'zeros' })
    layer.build([null, 4] as unknown as number[])
    for (const [i, weight] of layer.weights.entries()) weight.read = () => [w!, b!][i]!
    return layer.call(x!, {}) as tf.Tensor
  }
  const loss = (...xs: tf.Tensor[]) => tf.sum(tf.mul(run(...xs), tf.tensor(weights, [3, 2])))
  const gradients = await tracedGradients(loss, shapes, values)
  for (const [i, name] of ['x', 'W', 'b'].entries()) {
    const expected = centralDifferences((v) => dot(formula(values.with(i, v)), weights), values[i]!)
    assertClose(gradients[i]!, expected, name)
  }
})

test('tf.dot of vectors and matrices and the dot layer are tfjs’s', async () => {
  const layer = (axes: number | [number, number], normalize = false) => tfl.layers.dot({ axes, normalize })
  const program: Program = (...[m, n, v, w]) => [
    tf.dot(m!, n!),
    tf.dot(v!, m!),
    tf.dot(n!, w!),
    tf.dot(v!, v!),
    layer(1).apply([m!, m!]) as tf.Tensor,
    layer(1, true).apply([m!, tf.square(m!)]) as tf.Tensor,
    layer([2, 1]).apply([tf.reshape(m!, [1, 3, 4]), tf.reshape(n!, [1, 4, 2])]) as tf.Tensor,
  ]
  const shapes = [[3, 4], [4, 2], [3], [2]] // biome-ignore format: one an input
  const values = shapes.map((shape) => draw(size(shape)))
  assertSame(await runTraced(program, shapes, values), runDirect(program, shapes, values), 'dot')
})

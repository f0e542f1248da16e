/** Normalisations, traced: forward beside tfjs's cpu backend, gradients beside plain loops in float64. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { localResponse64, normalized64, type Parts, partsOf } from '../../../test/fixtures/float64-norm.ts'
import { channelsFirst, inBothLayouts } from '../../../test/fixtures/layouts.ts'
import { assertClose, assertSame, runDirect, runTraced, tracedGradients } from '../../../test/fixtures/traced.ts'
import { GroupNorm, groupNorm } from '../layers/group-norm.ts'
import { BatchNorm3D, LayerNorm3D } from '../layers/rank-five-norms.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(47)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))
const positive = (count: number) => Array.from({ length: count }, () => Math.fround(random.uniform(0.3, 2)))
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Shapes of rank 2 to 5 with 4 channels and 12 elements a channel. */
const SHAPES = [[12, 4], [3, 4, 4], [2, 2, 3, 4], [2, 1, 2, 3, 4]] // biome-ignore format: one a rank
const EPSILON = 1e-3

for (const shape of SHAPES) {
  test(`batch normalisation of rank ${shape.length} is tfjs's, with and without scale and offset`, async () => {
    const shapes = [shape, [4], [4], [4], [4]]
    const values = [draw(48), draw(4), positive(4), draw(4), draw(4)]
    const program = (...[x, mean, variance, offset, scale]: tf.Tensor[]) => [
      tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 0.01),
      tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D),
    ]
    assertSame(await runTraced(program, shapes, values), runDirect(program, shapes, values), `rank ${shape.length}`)
  })

  test(`batch normalisation of rank ${shape.length} has the gradients of central differences`, async () => {
    const shapes = [shape, [4], [4], [4], [4]]
    const values = [draw(48), draw(4), positive(4), draw(4), positive(4)]
    const weights = draw(48)
    const formula = ([x, mean, variance, offset, scale]: number[][]) =>
      x!.map((v, i) => {
        const c = i % 4
        return ((v - mean![c]!) / Math.sqrt(variance![c]! + EPSILON)) * scale![c]! + offset![c]!
      })
    const isVolume = shape.length >= 4
    for (const layout of isVolume ? [(x: tf.Tensor) => x, channelsFirst] : [(x: tf.Tensor) => x]) {
      const loss = (...[x, mean, variance, offset, scale]: tf.Tensor[]) => {
        const y = tf.batchNorm(layout(x!), mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, EPSILON) // biome-ignore format: one call
        return tf.sum(tf.mul(y, tf.tensor(weights, shape)))
      }
      const gradients = await tracedGradients(loss, shapes, values)
      for (const [i, name] of ['x', 'mean', 'variance', 'offset', 'scale'].entries()) {
        const expected = centralDifferences((v) => dot(formula(values.with(i, v)), weights), values[i]!)
        assertClose(gradients[i]!, expected, name)
      }
    }
  })
}

test('statistics that are no vector broadcast', async () => {
  const x = draw(24)
  const [mean, variance] = [draw(6), positive(6)]
  // [2, 3, 1, 1] beside [2, 3, 2, 2]: one number a row.
  const program = (...[t, m, v]: tf.Tensor[]) => tf.batchNorm(t!, m as tf.Tensor4D, v as tf.Tensor4D, undefined, undefined, EPSILON) // biome-ignore format: one call
  const shapes = [[2, 3, 2, 2], [2, 3, 1, 1], [2, 3, 1, 1]] // biome-ignore format: one an input
  const [traced] = await runTraced(program, shapes, [x, mean, variance])
  const expected = x.map((value, i) => {
    const row = Math.floor(i / 4)
    return (value - mean[row]!) / Math.sqrt(variance[row]! + EPSILON)
  })
  assertClose(traced!.values, expected, 'broadcast')
})

interface Norm {
  readonly make: () => tfl.layers.Layer
  readonly parts: Parts
}

const sameChannel = partsOf([2, 6, 4], (a, b) => a.channel === b.channel)
const sameVoxel = partsOf([2, 6, 4], (a, b) => a.sample === b.sample && a.voxel === b.voxel)
const sameGroup = (width: number) =>
  partsOf([2, 6, 4], (a, b) => a.sample === b.sample && Math.floor(a.channel / width) === Math.floor(b.channel / width))

const TRAINED: Readonly<Record<string, Norm & { readonly shapes: readonly number[][] }>> = {
  'batch normalisation in training': {
    make: () => tfl.layers.batchNormalization({ epsilon: EPSILON }),
    parts: sameChannel,
    shapes: SHAPES.filter((shape) => shape.length <= 4),
  },
  'batch normalisation of volumes in training': {
    make: () => new BatchNorm3D({ epsilon: EPSILON }),
    parts: sameChannel,
    shapes: [[2, 1, 2, 3, 4]],
  },
  'layer normalisation': {
    make: () => tfl.layers.layerNormalization({ epsilon: EPSILON }),
    parts: sameVoxel,
    shapes: SHAPES.filter((shape) => shape.length <= 4),
  },
  'layer normalisation of volumes': {
    make: () => new LayerNorm3D({ epsilon: EPSILON }),
    parts: sameVoxel,
    shapes: [[2, 1, 2, 3, 4]],
  },
  'group normalisation, 1 group': { make: () => new GroupNorm({ groups: 1, epsilon: EPSILON }), parts: sameGroup(4), shapes: [[2, 6, 4], [2, 2, 3, 4], [2, 1, 2, 3, 4]] }, // biome-ignore format: a row
  'group normalisation, 2 groups': { make: () => new GroupNorm({ groups: 2, epsilon: EPSILON }), parts: sameGroup(2), shapes: [[2, 6, 4], [2, 2, 3, 4], [2, 1, 2, 3, 4]] }, // biome-ignore format: a row
  'group normalisation, a group a channel': { make: () => new GroupNorm({ groups: 4, epsilon: EPSILON }), parts: sameGroup(1), shapes: [[2, 6, 4], [2, 1, 2, 3, 4]] }, // biome-ignore format: a row
}

for (const [name, { make, parts, shapes }] of Object.entries(TRAINED)) {
  test(`${name} has the value and the gradients of its formula`, async () => {
    for (const shape of shapes) {
      const values = [draw(48), positive(4), draw(4)]
      const weights = draw(48)
      const formula = ([x, gamma, beta]: number[][]) => normalized64(x!, parts, gamma!, beta!, EPSILON)
      for (const layout of shape.length >= 4 ? [(x: tf.Tensor) => x, channelsFirst] : [(x: tf.Tensor) => x]) {
        const run = (...[x, gamma, beta]: tf.Tensor[]) => withWeights(make(), shape, layout(x!), [gamma!, beta!])
        const [y] = await runTraced(run, [shape, [4], [4]], values)
        assertClose(y!.values, formula(values), 'value')
        const loss = (...xs: tf.Tensor[]) => tf.sum(tf.mul(run(...xs), tf.tensor(weights, shape)))
        const gradients = await tracedGradients(loss, [shape, [4], [4]], values)
        for (const [i, input] of ['x', 'γ', 'β'].entries()) {
          const expected = centralDifferences((v) => dot(formula(values.with(i, v)), weights), values[i]!)
          assertClose(gradients[i]!, expected, `${input} of rank ${shape.length}`)
        }
      }
    }
  })
}

/** The layer in training, its γ and β replaced by tensors on which the result then depends. */
function withWeights(layer: tfl.layers.Layer, shape: number[], x: tf.Tensor, weights: tf.Tensor[]): tf.Tensor {
  layer.build([null, ...shape.slice(1)] as number[])
  layer.built = true
  for (const [i, weight] of layer.trainableWeights.entries()) weight.read = () => weights[i]!
  return layer.call(x, { training: true }) as tf.Tensor
}

test('as many groups as channels are the layer of the instance norm, and groups must divide the channels', () => {
  const x = tf.tensor(draw(48), [2, 1, 2, 3, 4])
  const y = groupNorm(x, tf.ones([4]), tf.zeros([4]), 4).dataSync()
  const formula = normalized64(Array.from(x.dataSync()), sameGroup(1), [1, 1, 1, 1], [0, 0, 0, 0], 1e-3)
  assertClose(Array.from(y), formula, 'instance')
  assert.throws(() => new GroupNorm({ groups: 3 }).apply(x), /3 groups do not divide 4 channels/)
})

test('local response normalisation is tfjs’s and has the gradient of central differences, in either layout', async () => {
  const shape = [2, 2, 3, 5]
  const x = draw(size(shape))
  const weights = draw(x.length)
  const [radius, bias, alpha, beta] = [1, 1.5, 0.7, 0.6]
  const op = (t: tf.Tensor) => tf.localResponseNormalization(t as tf.Tensor4D, radius, bias, alpha, beta)
  const expected = centralDifferences((v) => dot(localResponse64(v, 5, radius, bias, alpha, beta), weights), x)
  for (const program of inBothLayouts(op)) {
    assertSame(await runTraced(program, [shape], [x]), runDirect(program, [shape], [x]), 'forward')
    const loss = (...[t]: tf.Tensor[]) => tf.sum(tf.mul(program(t!) as tf.Tensor, tf.tensor(weights, shape)))
    const [gradient] = await tracedGradients(loss, [shape], [x])
    assertClose(gradient!, expected, 'gradient')
  }
})

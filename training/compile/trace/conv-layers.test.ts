/** One training step through every convolution layer: loss, gradients and new weights, traced and in tfjs. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { assertClose } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'
import { float32, openRuntime } from '../runtime.ts'
import { trace } from './trace.ts'

before(() => tf.setBackend('cpu'))

const RATE = 0.05
const random = seededRandom(47)
const draw = (shape: readonly number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.normal()),
    [...shape],
  )

interface LayerCase {
  readonly layer: tfl.layers.Layer
  readonly input: readonly number[]
  /** tfjs has no gradient of its own: central differences of its forward pass take the place. */
  readonly lacks?: boolean
}

const SERIES = [2, 7, 2]
const IMAGE = [2, 6, 5, 2]
const VOLUME = [2, 4, 5, 3, 2]
const { layers } = tfl
const same = { filters: 3, kernelSize: 3, padding: 'same' } as const

const CASES: Readonly<Record<string, LayerCase>> = {
  conv1d: { layer: layers.conv1d({ ...same, strides: 2, activation: 'tanh' }), input: SERIES },
  'dilated conv1d': { layer: layers.conv1d({ ...same, dilationRate: 2 }), input: SERIES, lacks: true },
  conv2d: { layer: layers.conv2d(same), input: IMAGE },
  'conv2d with relu and stride 2': { layer: layers.conv2d({ ...same, strides: 2, activation: 'relu' }), input: IMAGE },
  'dilated conv2d': { layer: layers.conv2d({ ...same, dilationRate: 2 }), input: IMAGE, lacks: true },
  'dilated conv2d with sigmoid and no bias': {
    layer: layers.conv2d({ ...same, dilationRate: [1, 2], activation: 'sigmoid', useBias: false }),
    input: IMAGE,
    lacks: true,
  },
  'dilated conv2d, channels first': {
    layer: layers.conv2d({ ...same, dilationRate: 2, dataFormat: 'channelsFirst' }),
    input: [2, 2, 6, 5],
    lacks: true,
  },
  conv2dTranspose: { layer: layers.conv2dTranspose({ ...same, strides: 2, activation: 'relu' }), input: IMAGE },
  conv3d: { layer: layers.conv3d({ ...same, strides: 2, activation: 'relu' }), input: VOLUME },
  'dilated conv3d': { layer: layers.conv3d({ ...same, dilationRate: [1, 2, 1] }), input: VOLUME, lacks: true },
  conv3dTranspose: {
    layer: layers.conv3dTranspose({ ...same, kernelSize: 2, strides: 2 }),
    input: [2, 2, 3, 2, 2],
    lacks: true,
  },
  depthwiseConv2d: {
    layer: layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', activation: 'relu' }),
    input: IMAGE,
  },
  separableConv2d: { layer: layers.separableConv2d({ ...same, strides: 2, depthMultiplier: 2 }), input: IMAGE },
  'dilated separableConv2d': {
    layer: layers.separableConv2d({ ...same, dilationRate: 2 }),
    input: IMAGE,
    lacks: true,
  },
}

for (const [name, { layer, input, lacks }] of Object.entries(CASES)) {
  test(`one step of ${name} gives tfjs's loss, gradients and weights`, async () => {
    const model = tfl.sequential({ layers: [tfl.layers.inputLayer({ batchInputShape: [...input] }), layer] })
    const variables = Object.fromEntries(
      layer.trainableWeights.map((weight) => [weight.name, (weight as unknown as { val: tf.Variable }).val]),
    )
    for (const variable of Object.values(variables)) variable.assign(draw(variable.shape))
    const target = draw(model.outputs[0]!.shape as number[])
    const x = draw(input)
    const loss = (given: tf.Tensor) =>
      tf.mean(tf.squaredDifference(layer.apply(given, { training: true }) as tf.Tensor, target)) as tf.Scalar
    const step = (given: tf.Tensor): Record<string, tf.Tensor> => {
      const { value, grads } = tf.variableGrads(() => loss(given), Object.values(variables))
      const slopes = Object.entries(variables).map(([key, variable]) => {
        const slope = grads[variable.name]!
        variable.assign(tf.sub(variable, tf.mul(RATE, slope)))
        return [`d/${key}`, slope] as const
      })
      return { loss: value, ...Object.fromEntries(slopes) }
    }
    const graph = await trace((inputs) => step(inputs['x']!), { inputs: { x: [...input] }, variables })
    const runtime = await openRuntime(graph, 'cpu', 1)
    const feeds = Object.entries({ x, ...variables }).map(
      ([key, value]) => [key, float32(value.dataSync() as Float32Array, value.shape)] as const,
    )
    const outputs = await runtime.run(Object.fromEntries(feeds))
    await runtime.close()
    const traced = (key: string) => Array.from(outputs[key]!.data as Float32Array)
    const numbers = (tensor: tf.Tensor) => Array.from(tensor.dataSync())

    const differences = lacks ? centralDifferences(() => loss(x), variables) : undefined
    const direct = step(x)
    assert.deepEqual(Object.keys(direct).length, 1 + Object.keys(variables).length)
    for (const [key, expected] of Object.entries(direct)) assertClose(traced(key), numbers(expected), key)
    for (const [key, variable] of Object.entries(variables))
      assertClose(traced(`${key}.next`), numbers(variable), `${key}.next`)
    for (const [key, expected] of Object.entries(differences ?? {})) assertNear(traced(`d/${key}`), expected, key)
  })
}

/** Central differences of tfjs's forward pass in its float32; the losses are quadratic or nearly so, which allows a wide step. */
function centralDifferences(f: () => tf.Tensor, variables: Record<string, tf.Variable>): Record<string, number[]> {
  const STEP = 0.03
  const slopes = Object.entries(variables).map(([key, variable]) => {
    const values = variable.dataSync().slice() as Float32Array
    const at = (i: number, by: number) =>
      tf.tidy(() => {
        variable.assign(
          tf.tensor(
            values.map((value, j) => (i === j ? value + by : value)),
            variable.shape,
          ),
        )
        return f().dataSync()[0]!
      })
    const slope = Array.from(values, (_, i) => (at(i, STEP) - at(i, -STEP)) / (2 * STEP))
    variable.assign(tf.tensor(values, variable.shape))
    return [key, slope] as const
  })
  return Object.fromEntries(slopes)
}

function assertNear(actual: number[], expected: number[], name: string): void {
  const scale = Math.max(...expected.map(Math.abs))
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)))
  assert.ok(scale > 0.01 && worst < 2e-3 * scale, `${name}: largest difference ${worst} at scale ${scale}`)
}

/** Layers models as Keras 3 writes them, each held to arithmetic and not to tfjs, which cannot load them. */
import '../../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { keras3Functional, keras3Input, keras3Layer, keras3Sequential } from '../../../../test/fixtures/keras3.ts'
import { converted, outputOf } from '../../../../test/fixtures/run-converted.ts'
import { floats, floatWeight } from '../../../../test/fixtures/tfjs-files.ts'

before(() => tf.setBackend('cpu'))

/** The rows of a kernel are what a network without bias gives for the unit vectors. */
const UNITS = [1, 0, 0, 0, 1, 0, 0, 0, 1]
const KERNEL = [1, -2, 3, -4, -5, 6]
const near = (a: readonly number[], b: readonly number[]) => {
  assert.equal(a.length, b.length)
  for (const [i, value] of a.entries()) assert.ok(Math.abs(value - b[i]!) < 1e-5, `${i}: ${value} and ${b[i]}`)
}
const denseConfig = { units: 2, activation: 'linear', use_bias: false }
const kernel = (name: string) => floatWeight(name, [3, 2], KERNEL)

test('a Sequential model converts, its weights under their whole paths', async () => {
  const topology = keras3Sequential(keras3Input([null, 3]), keras3Layer('Dense', 'dense', denseConfig))
  const made = await converted(topology, [kernel('sequential/dense/kernel')])
  assert.deepEqual(
    [...made.graph.inputs, ...made.graph.outputs].map(({ name, dims }) => [name, dims]),
    [
      ['input_layer', ['N', 3]],
      ['dense', ['N', 2]],
    ],
  )
  assert.deepEqual(await outputOf(made, UNITS, [3, 3]), KERNEL)
})

test('a functional model with two branches converts, and a slope below 0 keeps its value', async () => {
  const layers = [
    keras3Input([null, 3], 'x', true),
    keras3Layer('Dense', 'left', denseConfig, { from: ['x'], kwargs: { training: false, mask: null } }),
    keras3Layer('Dense', 'right', denseConfig, { from: ['x'] }),
    keras3Layer('LeakyReLU', 'leaky', { negative_slope: 0.1 }, { from: ['right'] }),
    keras3Layer('Add', 'sum', {}, { from: ['left', 'leaky'] }),
  ]
  const weights = [kernel('left/kernel'), floatWeight('right/kernel', [3, 2], [10, -10, 0, 20, -20, 1])]
  for (const [ends, starts] of [
    [
      ['sum', 0, 0],
      ['x', 0, 0],
    ],
    [[['sum', 0, 0]], { scan: ['x', 0, 0] }],
  ] as const) {
    const made = await converted(keras3Functional(layers, starts, ends), weights)
    near(await outputOf(made, UNITS, [3, 3]), [1 + 10, -2 - 1, 3 + 0, -4 + 20, -5 - 2, 6 + 1])
  }
})

test('a convolution converts, and gives the sums of products that it stands for', async () => {
  const config = { filters: 2, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu', groups: 1 }
  const [weight, bias] = [floats('sequential/conv2d/kernel', [3, 3, 1, 2]), [0.25, -0.5]]
  const topology = keras3Sequential(keras3Input([null, 4, 5, 1]), keras3Layer('Conv2D', 'conv2d', config))
  const made = await converted(topology, [weight, floatWeight('sequential/conv2d/bias', [2], bias)])
  const k = new Float32Array(weight.bytes.buffer)
  const image = Array.from({ length: 20 }, (_, i) => Math.sin(i))
  const expected = Array.from({ length: 40 }, (_, i) => {
    const [f, x, y] = [i % 2, (i >> 1) % 5, Math.floor(i / 10)]
    let sum = bias[f]!
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const inside = y + dy >= 0 && y + dy < 4 && x + dx >= 0 && x + dx < 5
        if (inside) sum += image[(y + dy) * 5 + x + dx]! * k[((dy + 1) * 3 + dx + 1) * 2 + f]!
      }
    }
    return Math.max(sum, 0)
  })
  near(await outputOf(made, image, [1, 4, 5, 1]), expected)
})

test('a depthwise convolution, a normalisation and the activation silu have other names in tfjs', async () => {
  const topology = keras3Sequential(
    keras3Input([null, 1, 1, 2]),
    keras3Layer('DepthwiseConv2D', 'deep', { kernel_size: [1, 1], use_bias: false, depth_multiplier: 1 }),
    keras3Layer('BatchNormalization', 'norm', { axis: [3], epsilon: 0 }),
    keras3Layer('Activation', 'last', { activation: 'silu' }),
  )
  const two = (name: string, values: readonly number[]) => floatWeight(`sequential/${name}`, [2], values)
  const made = await converted(topology, [
    floatWeight('sequential/deep/kernel', [1, 1, 2, 1], [2, 3]),
    ...[two('norm/gamma', [1, 2]), two('norm/beta', [0.5, 0]), two('norm/moving_mean', [1, 1])],
    two('norm/moving_variance', [4, 1]),
  ])
  const swish = (x: number) => x / (1 + Math.exp(-x))
  near(await outputOf(made, [5, 7], [1, 1, 1, 2]), [swish((2 * 5 - 1) / 2 + 0.5), swish(2 * (3 * 7 - 1))])
})

test('a recurrent layer converts: its cell is left out of the path', async () => {
  const lstm = {
    units: 1,
    recurrent_activation: 'sigmoid',
    recurrent_initializer: { module: 'keras.initializers', class_name: 'OrthogonalInitializer', config: { gain: 1 } },
  }
  const topology = keras3Sequential(keras3Input([null, 1, 3]), keras3Layer('LSTM', 'lstm', lstm))
  const gates = [0.1, 0.2, 0.3, 0.4]
  const made = await converted(topology, [
    floatWeight('sequential/lstm/lstm_cell/kernel', [3, 4], [...gates, ...Array<number>(8).fill(0)]),
    floats('sequential/lstm/lstm_cell/recurrent_kernel', [1, 4]),
    floatWeight('sequential/lstm/lstm_cell/bias', [4], [0, 0, 0, 0]),
  ])
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
  // One step from a state of 0: gates in the order input, forget, cell, output.
  const cell = sigmoid(0.1) * Math.tanh(0.3)
  near(await outputOf(made, [1, 0, 0], [1, 1, 3]), [sigmoid(0.4) * Math.tanh(cell)])
})

test('weights that are named by their place in the layer find it', async () => {
  const topology = keras3Sequential(
    keras3Input([null, 3]),
    keras3Layer('Dense', 'dense', { ...denseConfig, use_bias: true }),
  )
  for (const [first, second] of [
    ['dense/0', 'dense/1'],
    ['sequential/dense/vars/0', 'sequential/dense/vars/1'],
  ] as const) {
    const made = await converted(topology, [kernel(first), floatWeight(second, [2], [100, 200])])
    const rows = KERNEL.map((value, i) => value + (i % 2 === 0 ? 100 : 200))
    assert.deepEqual(await outputOf(made, UNITS, [3, 3]), rows)
  }
})

test('a layer that computes in halves is told to compute in float32', async () => {
  const mixed = { class_name: 'DTypePolicy', config: { name: 'mixed_float16' } }
  const topology = keras3Sequential(
    keras3Input([null, 3]),
    keras3Layer('Dense', 'dense', { ...denseConfig, dtype: mixed }),
  )
  const made = await converted(topology, [kernel('sequential/dense/kernel')])
  assert.deepEqual(made.notes, [
    "the layer 'dense' (Dense) has the policy mixed_float16 in Keras; the graph computes it in float32",
  ])
  assert.deepEqual(await outputOf(made, UNITS, [3, 3]), KERNEL)
})

test('brackets that a converter took away are put back', async () => {
  const layers = [
    { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_input_shape: [null, 3] }, inbound_nodes: [] },
    { class_name: 'Dense', name: 'a', config: { ...denseConfig, name: 'a' }, inbound_nodes: [['x', 0, 0, {}]] },
    { class_name: 'Softmax', name: 'b', config: { name: 'b' }, inbound_nodes: ['a', 0, 0, {}] },
  ]
  const config = { name: 'model', layers, input_layers: ['x', 0, 0], output_layers: ['b', 0, 0] }
  const made = await converted({ keras_version: '2.4.0', model_config: { class_name: 'Functional', config } }, [
    kernel('a/kernel'),
  ])
  const share = (own: number, other: number) => 1 / (1 + Math.exp(other - own))
  near(
    await outputOf(made, UNITS, [3, 3]),
    KERNEL.map((own, i) => share(own, KERNEL[i % 2 === 0 ? i + 1 : i - 1]!)),
  )
})

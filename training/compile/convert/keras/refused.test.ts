/** Layers models that tfjs cannot run as Keras means them: the layer, the key and its value are told, and no size. */
import '../../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { keras3Functional, keras3Input, keras3Layer, keras3Sequential } from '../../../../test/fixtures/keras3.ts'
import { converted } from '../../../../test/fixtures/run-converted.ts'
import { floats, type Weight } from '../../../../test/fixtures/tfjs-files.ts'

before(() => tf.setBackend('cpu'))

const OPEN = [null, null, null, 4]
const kernel = { filters: 2, kernel_size: [3, 3] }

const REFUSED: readonly (readonly [string, object, RegExp])[] = [
  ['Conv2D', { ...kernel, groups: 2 }, /the layer 'odd' \(Conv2D\) has 'groups': 2, which tfjs cannot run/],
  ['ReLU', { negative_slope: 0.2 }, /\(ReLU\) has 'negative_slope': 0\.2, which tfjs cannot run/],
  ['ReLU', { threshold: 1 }, /\(ReLU\) has 'threshold': 1/],
  ['DepthwiseConv2D', { kernel_size: [3, 3], dilation_rate: [2, 2] }, /has 'dilation_rate': \[2,2\].*a rate of 1/],
  ['Conv2DTranspose', { ...kernel, output_padding: [1, 1] }, /has 'output_padding': \[1,1\]/],
  ['GlobalAveragePooling2D', { keepdims: true }, /has 'keepdims': true/],
  ['LayerNormalization', { axis: [3], rms_scaling: true }, /has 'rms_scaling': true/],
  ['UpSampling2D', { size: [2, 2], interpolation: 'bicubic' }, /has 'interpolation': "bicubic".*nearest and bilinear/],
  ['GRU', { units: 2, reset_after: true }, /\(GRU\) has 'reset_after': true/],
  ['Activation', { activation: 'hard_sigmoid' }, /has 'activation': "hard_sigmoid", which is x\/6 \+ 0\.5 in Keras 3/],
  ['Activation', { activation: 'leaky_relu' }, /the model has an activation 'leakyRelu'; known are/],
  ['Swoosh', {}, /the model has a layer 'Swoosh'; known are/],
  [
    'Dense',
    { units: 2, dtype: { class_name: 'QuantizedDTypePolicy', config: { name: 'int8_from_float32' } } },
    /the layer 'odd' \(Dense\) has the policy 'int8_from_float32', which tfjs cannot run/,
  ],
]

async function refusal(topology: object, weights: readonly Weight[] = []): Promise<string> {
  const error: unknown = await converted(topology, weights).then(
    () => assert.fail('it was converted'),
    (cause: unknown) => cause,
  )
  assert.ok(error instanceof Error)
  assert.doesNotMatch(error.message, /--size/)
  return error.message
}

for (const [name, config, message] of REFUSED) {
  test(`${name} with ${JSON.stringify(config)} is refused by its cause`, async () => {
    assert.match(await refusal(keras3Sequential(keras3Input(OPEN), keras3Layer(name, 'odd', config))), message)
  })
}

test('what tfjs says while it runs comes with the layer', async () => {
  const strided = { ...kernel, strides: [2, 2], dilation_rate: [2, 2], use_bias: false }
  const topology = keras3Sequential(keras3Input(OPEN), keras3Layer('Conv2D', 'odd', strided))
  assert.match(
    await refusal(topology, [floats('odd/kernel', [3, 3, 4, 2])]),
    /^tfjs cannot run this model: the layer 'odd' \(Conv2D\): Error in conv2D: Either strides or dilations must be 1/,
  )
})

test('an addition that was written as code is refused as an operation', async () => {
  const layers = [
    keras3Input([null, 3], 'x', true),
    { ...keras3Layer('Add', 'add', {}, { from: ['x', 'x'] }), module: 'keras.src.ops.numpy' },
  ]
  assert.match(
    await refusal(keras3Functional(layers, ['x', 0, 0], ['add', 0, 0])),
    /^the layer 'add' \(Add\) is an operation \(keras\.src\.ops\.numpy\), which tfjs cannot run; a layer of keras\.layers/,
  )
})

test('a call with more than tensors is refused by what it is called with', async () => {
  const layers = [
    keras3Input([null, 3], 'x', true),
    keras3Layer('Dropout', 'drop', { rate: 0.5 }, { from: ['x'], kwargs: { training: true } }),
  ]
  assert.match(
    await refusal(keras3Functional(layers, ['x', 0, 0], ['drop', 0, 0])),
    /^the layer 'drop' \(Dropout\) is called with 'training'; the layers of tfjs take nothing but tensors/,
  )
})

test('weights that do not fit are told with both names', async () => {
  const topology = keras3Sequential(
    keras3Input([null, 3]),
    keras3Layer('Dense', 'dense', { units: 2, use_bias: false }),
  )
  for (const [weights, message] of [
    [[floats('other/kernel', [3, 2])], /^the weight 'other\/kernel' belongs to no layer of the model.* dense\/kernel$/],
    [
      [floats('m/dense/kernel', [4, 2])],
      /^the weight 'm\/dense\/kernel' is \[4,2\], and 'dense\/kernel'.* is \[3,2\]$/,
    ],
    [[], /^the file has no weight for dense\/kernel$/],
    [
      [floats('a/dense/kernel', [3, 2]), floats('b/dense/kernel', [3, 2])],
      /^the weights 'a\/dense\/kernel' and 'b\/dense\/kernel' both stand for 'dense\/kernel'/,
    ],
  ] as const) {
    assert.match(await refusal(topology, weights), message)
  }
})

/** tfjs's fused convolutions, a bias and an activation behind the kernel, traced beside tfjs's cpu backend. */
import '../cpu-backend.ts'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { assertTracedSame, type TracedCase } from '../../../test/fixtures/traced-same.ts'

before(() => tf.setBackend('cpu'))

type Four = tf.Tensor4D
type Activation = NonNullable<Parameters<typeof tf.fused.conv2d>[0]['activation']>
const ACTIVATIONS: readonly Activation[] = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu']
const PLACES = [[], [4], [3, 3, 4]] as const

for (const activation of ACTIVATIONS) {
  test(`a fused convolution with a bias and ${activation} is tfjs's`, async () => {
    for (const fused of [tf.fused.conv2d, tf.fused.depthwiseConv2d])
      for (const [i, place] of PLACES.entries()) {
        // The bias goes through scalar, vector and image while the slope goes the other way.
        const program: TracedCase[0] = (x, filter, bias, preluActivationWeights) =>
          fused({
            x: x as Four,
            filter: filter as Four,
            strides: 2,
            pad: 'same',
            bias: bias!,
            activation,
            leakyreluAlpha: 0.3,
            ...(activation === 'prelu' ? { preluActivationWeights: preluActivationWeights! } : {}),
          })
        const filter = fused === tf.fused.conv2d ? [3, 3, 2, 4] : [3, 3, 2, 2]
        await assertTracedSame([program, [2, 5, 6, 2], filter, [...place], [...PLACES[2 - i]!]])
      }
  })
}

test('a fused convolution without bias or activation is tfjs’s', () =>
  assertTracedSame([
    (x, filter) => tf.fused.conv2d({ x: x as Four, filter: filter as Four, strides: 1, pad: 'valid', dilations: 2 }),
    [1, 6, 7, 2],
    [3, 2, 2, 3],
  ]))

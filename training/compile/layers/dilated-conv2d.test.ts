import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'
import { seededRandom } from '../random.ts'
import './dilated-conv2d.ts'

const random = seededRandom(53)
const draw = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal()),
    shape,
  )

before(() => tf.setBackend('cpu'))

for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
  test(`a dilated Conv2D layer, ${dataFormat}, gives what the fused op of tfjs gives`, () => {
    const [image, filter, bias] = [draw([2, 6, 5, 2]) as tf.Tensor4D, draw([3, 3, 2, 3]) as tf.Tensor4D, draw([3])]
    const isFirst = dataFormat === 'channelsFirst'
    const x = isFirst ? tf.transpose(image, [0, 3, 1, 2]) : image
    const layer = layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: [2, 1], activation: 'relu', dataFormat })
    layer.build(x.shape)
    layer.setWeights([filter, bias])
    const y = layer.apply(x) as tf.Tensor
    const fused = tf.fused.conv2d({
      x: image,
      filter,
      bias,
      strides: 1,
      pad: 'valid',
      dilations: [2, 1],
      activation: 'relu',
    })
    assert.deepEqual(y.shape, isFirst ? [2, 3, 2, 3] : [2, 2, 3, 3])
    assert.deepEqual((isFirst ? tf.transpose(y, [0, 2, 3, 1]) : y).dataSync(), fused.dataSync())
  })
}

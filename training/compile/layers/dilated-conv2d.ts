/**
 * tfjs's Conv2D layer goes through a fused op whose gradient refuses dilation and cannot be replaced: it is a closure,
 * not a registered gradient. Where it is dilated, the layer is therefore made to go through tf.conv2d, the bias and the
 * activation one by one; the values are the same.
 */
import * as tf from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

/** What the layer keeps for itself. */
interface Conv2DLayer {
  readonly kernel: { read(): tf.Tensor4D }
  readonly bias: { read(): tf.Tensor } | null
  readonly strides: [number, number]
  readonly padding: 'valid' | 'same'
  readonly dataFormat: 'channelsFirst' | 'channelsLast'
  readonly dilationRate: [number, number]
  readonly activation: { apply(x: tf.Tensor): tf.Tensor } | null
}

type Call = (this: Conv2DLayer, inputs: tf.Tensor | tf.Tensor[], options: object) => tf.Tensor | tf.Tensor[]

const Conv2D = layers.conv2d({ filters: 1, kernelSize: 1 }).constructor as { prototype: { call: Call } }
const fused = Conv2D.prototype.call

Conv2D.prototype.call = function (inputs, options) {
  if (this.dilationRate.every((rate) => rate === 1)) return fused.call(this, inputs, options)
  return tf.tidy(() => {
    const given = Array.isArray(inputs) ? inputs[0]! : inputs
    const isFirst = this.dataFormat === 'channelsFirst'
    const x = (isFirst ? tf.transpose(given, [0, 2, 3, 1]) : given) as tf.Tensor4D
    const y = tf.conv2d(x, this.kernel.read(), this.strides, this.padding, 'NHWC', this.dilationRate)
    const biased = this.bias === null ? y : tf.add(y, this.bias.read())
    const out = isFirst ? tf.transpose(biased, [0, 3, 1, 2]) : biased
    return this.activation === null ? out : this.activation.apply(out)
  })
}

/**
 * Batch and layer normalisation of volumes [N, D, H, W, C] over the last axis. tfjs-layers stops at rank 4, but neither
 * looks at how space is arranged: the volume goes through tfjs's own layer as an image [N, D·H, W, C]. Weights, moving
 * averages and configuration are those of tfjs's layers.
 */
import * as tf from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

type Layer = layers.Layer
type Kwargs = Parameters<Layer['call']>[1]
type BatchNormArgs = NonNullable<Parameters<typeof layers.batchNormalization>[0]>
type LayerNormArgs = NonNullable<Parameters<typeof layers.layerNormalization>[0]>

type LayerClass<Args> = (new (args: Args) => Layer) & Pick<typeof layers.Layer, 'fromConfig'>

/** tfjs-layers exports no classes, only functions that make their instances. */
const TfjsBatchNorm = layers.batchNormalization({}).constructor as LayerClass<BatchNormArgs>
const TfjsLayerNorm = layers.layerNormalization({}).constructor as LayerClass<LayerNormArgs>

function asImage(inputs: tf.Tensor | tf.Tensor[], apply: (image: tf.Tensor) => tf.Tensor | tf.Tensor[]): tf.Tensor {
  const x = Array.isArray(inputs) ? inputs[0]! : inputs
  const [n, d, h, w, c] = x.shape as [number, number, number, number, number]
  return tf.tidy(() => tf.reshape(apply(tf.reshape(x, [n, d * h, w, c])) as tf.Tensor, x.shape))
}

function refuseOtherAxis(name: string, axis: number | readonly number[] | undefined): void {
  if (axis !== undefined && `${axis}` !== '-1')
    throw new Error(`${name} has axis ${axis}; only −1, the channels, is known`)
}

export class BatchNorm3D extends TfjsBatchNorm {
  static className = 'BatchNorm3D'
  constructor(args: BatchNormArgs = {}) {
    refuseOtherAxis(BatchNorm3D.className, args.axis)
    super(args)
  }
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs): tf.Tensor {
    return asImage(inputs, (image) => super.call(image, kwargs))
  }
}

export class LayerNorm3D extends TfjsLayerNorm {
  static className = 'LayerNorm3D'
  constructor(args: LayerNormArgs = {}) {
    refuseOtherAxis(LayerNorm3D.className, args.axis)
    super(args)
  }
  /** tfjs's layer turns −1 into the place in the shape that it is built for, so it is built for the image. */
  override build(shape: number[]): void {
    super.build([shape[0]!, -1, shape[3]!, shape[4]!])
  }
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs): tf.Tensor {
    return asImage(inputs, (image) => super.call(image, kwargs))
  }
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), axis: -1 }
  }
}

tf.serialization.registerClass(BatchNorm3D)
tf.serialization.registerClass(LayerNorm3D)

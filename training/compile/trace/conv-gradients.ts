/**
 * Gradients of convolutions that tfjs 4.22 lacks (tf.conv3dTranspose) or refuses (all that are dilated). They are right
 * on every backend that has the kernels: the trace and tfjs's cpu.
 */
import * as tf from '@tensorflow/tfjs-core'
import '../layers/dilated-conv2d.ts'
import { dilatedFilterGradient, dilatedInputGradient } from '../layers/dilated-conv-gradient.ts'

type Attributes = Readonly<Record<string, unknown>>

function isDilated({ dilations }: Attributes): boolean {
  return [(dilations as number | number[] | null | undefined) ?? 1].flat().some((d) => d !== 1)
}

/** tfjs's own gradient without dilation, ours with. */
function alsoDilated(kernelName: string, isDepthwise: boolean): tf.GradConfig {
  const plain = tf.getGradient(kernelName)
  return {
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (given, saved, attrs) => {
      if (!isDilated(attrs as Attributes)) return plain.gradFunc(given, saved, attrs)
      const dy = given as tf.Tensor
      const [x, filter] = saved as [tf.Tensor, tf.Tensor]
      const conv = { attrs: attrs as Attributes, isDepthwise }
      return {
        x: () => dilatedInputGradient(conv, dy, filter, x.shape),
        filter: () => dilatedFilterGradient(conv, x, dy, filter.shape),
      }
    },
  }
}

/** The transposed convolution is the input gradient of a plain one, so each of its gradients is one of that one's. */
const conv3dTranspose: tf.GradConfig = {
  kernelName: 'Conv3DBackpropInputV2',
  inputsToSave: ['dy', 'filter'],
  gradFunc: (given, saved, attrs) => {
    const slope = given as tf.Tensor5D
    const [dy, filter] = saved as [tf.Tensor5D, tf.Tensor5D]
    const { strides, pad } = attrs as unknown as tf.Conv3DBackpropInputV2Attrs
    const config = { strides, pad, filterShape: filter.shape }
    return {
      dy: () => tf.conv3d(slope, filter, strides as [number, number, number], pad),
      filter: () => tf.engine().runKernel('Conv3DBackpropFilterV2', { x: slope, dy }, config) as tf.Tensor,
    }
  },
}

export const CONV_GRADIENTS: readonly tf.GradConfig[] = [
  alsoDilated('Conv2D', false),
  alsoDilated('Conv3D', false),
  alsoDilated('DepthwiseConv2dNative', true),
  conv3dTranspose,
]

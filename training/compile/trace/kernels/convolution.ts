/**
 * Convolutions and their gradients, one code for 1-D, 2-D, depthwise and 3-D (conv-geometry.ts).
 * tfjs: x [N, ...space, Ci], filter [...k, Ci, Co]; depthwise [kh, kw, Ci, M], output channel c·M + m.
 * Conv…BackpropInput is also tf.conv2dTranspose and tf.conv3dTranspose.
 */
import { firstForm, lastForm, type Traced } from '../value.ts'
import { convFilterGradient } from './conv-filter-gradient.ts'
import { convGeometry, matchedTo } from './conv-geometry.ts'
import { convInputGradient } from './conv-input-gradient.ts'
import { outputChannelsFirst } from './filter-layout.ts'
import { withBiasAndActivation } from './fused-activation.ts'
import { type Kernel, type KernelCall, type KernelTable, need } from './kernel.ts'
import { convPads, cropped, type Margin } from './space-margins.ts'

function convolution(call: KernelCall, isDepthwise: boolean): Traced {
  const { graph } = call
  const [x, filter] = [need(call, 'x'), need(call, 'filter')]
  const { axes, groups, outShape } = convGeometry(call.attrs, x.shape, filter.shape, isDepthwise)
  // Depthwise, the output channels are the filter's last two axes as they lie.
  const dense = isDepthwise ? [...filter.shape.slice(0, -2), 1, outShape.at(-1)!] : filter.shape
  const margins = axes.map((axis): Margin => [axis.before, axis.after])
  // onnxruntime rounds down, so what is less than a stride behind the last window need not be cut.
  const cuts = axes.map((axis, i): Margin => [margins[i]![0], axis.after > -axis.stride ? 0 : axis.after])
  const seen = cropped(
    graph,
    firstForm(graph, x),
    axes.map((axis) => axis.input),
    cuts,
  )
  const first = graph.node('Conv', [seen, outputChannelsFirst(graph, lastForm(graph, filter), dense)], {
    kernel_shape: axes.map((axis) => axis.kernel),
    strides: axes.map((axis) => axis.stride),
    dilations: axes.map((axis) => axis.dilation),
    pads: convPads(margins),
    ...(groups === 1 ? {} : { group: groups }),
  })
  return { shape: outShape, type: 'float32', forms: { first } }
}

function inputGradient(call: KernelCall, isDepthwise: boolean): Traced {
  const { graph } = call
  const [dy, filter] = [need(call, 'dy'), need(call, 'filter')]
  const shape = call.attrs['inputShape'] as number[]
  const geometry = matchedTo(convGeometry(call.attrs, shape, filter.shape, isDepthwise), dy.shape)
  const first = convInputGradient(graph, firstForm(graph, dy), lastForm(graph, filter), filter.shape, geometry)
  return { shape, type: 'float32', forms: { first } }
}

function filterGradient(call: KernelCall, isDepthwise: boolean): Traced {
  const [x, dy] = [need(call, 'x'), need(call, 'dy')]
  const shape = call.attrs['filterShape'] as number[]
  const geometry = matchedTo(convGeometry(call.attrs, x.shape, shape, isDepthwise), dy.shape)
  return convFilterGradient(call, x, dy, shape, geometry)
}

const dense =
  (make: (call: KernelCall, isDepthwise: boolean) => Traced): Kernel =>
  (call) =>
    make(call, false)

const depthwise =
  (make: (call: KernelCall, isDepthwise: boolean) => Traced): Kernel =>
  (call) =>
    make(call, true)

/** Our own kernels (training/compile/layers/dilated-conv-gradient.ts) say by an attribute which they are. */
const either =
  (make: (call: KernelCall, isDepthwise: boolean) => Traced): Kernel =>
  (call) =>
    make(call, call.attrs['isDepthwise'] === true)

export const convolutionKernels = {
  Conv2D: dense(convolution),
  Conv2DBackpropFilter: dense(filterGradient),
  Conv2DBackpropInput: dense(inputGradient),
  Conv3D: dense(convolution),
  Conv3DBackpropFilterV2: dense(filterGradient),
  Conv3DBackpropInputV2: dense(inputGradient),
  DepthwiseConv2dNative: depthwise(convolution),
  DepthwiseConv2dNativeBackpropFilter: depthwise(filterGradient),
  DepthwiseConv2dNativeBackpropInput: depthwise(inputGradient),
  DilatedConvBackpropFilter: either(filterGradient),
  DilatedConvBackpropInput: either(inputGradient),
  FusedConv2D: (call) => withBiasAndActivation(call, convolution(call, false)),
  FusedDepthwiseConv2D: (call) => withBiasAndActivation(call, convolution(call, true)),
} satisfies KernelTable

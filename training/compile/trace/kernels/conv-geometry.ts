/**
 * Where a convolution's kernel lies. Along each axis of space, output o and tap k meet at input
 *   o · stride + k · dilation − before,
 * and what lies outside the input is 0. Rank 4 is 2-D ([N, H, W, C], 1-D with H = 1), rank 5 is 3-D ([N, D, H, W, C]).
 */
import { backend_util } from '@tensorflow/tfjs-core'

type Four = [number, number, number, number]
type Five = [number, number, number, number, number]
type Attributes = Readonly<Record<string, unknown>>

export interface ConvAxis {
  readonly input: number
  readonly output: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Zeros before the first input. Below 0 where tfjs skips inputs ('same' in 3-D with a stride above the kernel). */
  readonly before: number
  /** Zeros behind the last, with which rounding down gives `output`; below 0 where inputs at the end are not seen. */
  readonly after: number
}

export interface ConvGeometry {
  readonly axes: readonly ConvAxis[]
  /** 1, or the number of input channels where each is convolved for itself. */
  readonly groups: number
  /** Channels last. */
  readonly outShape: readonly number[]
}

/** From the attributes of a forward or gradient kernel; x [N, ...space, Ci], filter [...k, Ci, Co] (depthwise: Co / Ci). */
export function convGeometry(
  attrs: Attributes,
  xShape: readonly number[],
  filterShape: readonly number[],
  isDepthwise: boolean,
): ConvGeometry {
  const format = attrs['dataFormat'] ?? 'channelsLast'
  if (format === 'NCHW' || format === 'NCDHW') {
    throw new Error(`dataFormat '${format}' is not traced, only channels last ('NHWC'); transpose before and after`)
  }
  const strides = attrs['strides'] as number
  const dilations = (attrs['dilations'] as number | null | undefined) ?? 1
  const pad = attrs['pad'] as 'same' | 'valid' | number
  const rounding = attrs['dimRoundingMode'] as 'floor' | 'round' | 'ceil' | undefined
  const groups = isDepthwise ? xShape.at(-1)! : 1
  if (xShape.length === 4) {
    const [x, filter] = [xShape as Four, filterShape as Four]
    const c = backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, rounding, isDepthwise)
    const { top, bottom, left, right } = c.padInfo
    const rows = axis(c.inHeight, c.outHeight, c.filterHeight, c.strideHeight, c.dilationHeight, top, bottom)
    const columns = axis(c.inWidth, c.outWidth, c.filterWidth, c.strideWidth, c.dilationWidth, left, right)
    return { axes: [rows, columns], groups, outShape: c.outShape }
  }
  const [x, filter] = [xShape as Five, filterShape as Five]
  const c = backend_util.computeConv3DInfo(x, filter, strides, dilations, pad)
  const { front, back, top, bottom, left, right } = c.padInfo
  const planes = axis(c.inDepth, c.outDepth, c.filterDepth, c.strideDepth, c.dilationDepth, front, back)
  const rows = axis(c.inHeight, c.outHeight, c.filterHeight, c.strideHeight, c.dilationHeight, top, bottom)
  const columns = axis(c.inWidth, c.outWidth, c.filterWidth, c.strideWidth, c.dilationWidth, left, right)
  return { axes: [planes, rows, columns], groups, outShape: c.outShape }
}

/**
 * The geometry of the forward pass that gave dy. tfjs does not tell 2-D gradients how the forward pass rounded, so dy
 * may be one longer than rounding down gives; a size that no rounding gives is refused.
 */
export function matchedTo(geometry: ConvGeometry, dyShape: readonly number[]): ConvGeometry {
  const axes = geometry.axes.map((a, i) => {
    const output = dyShape[i + 1]!
    if (output === a.output) return a
    const exact = (a.input + a.before + a.after - reach(a)) / a.stride + 1
    if (output !== Math.ceil(exact) && output !== Math.floor(exact)) {
      throw new Error(`dy has ${output} along axis ${i + 1}; the convolution of the given input gives ${a.output}`)
    }
    return axis(a.input, output, a.kernel, a.stride, a.dilation, a.before, a.after)
  })
  return { ...geometry, axes, outShape: [...dyShape] }
}

/** Inputs from the first tap to the last. */
export function reach({ kernel, dilation }: Pick<ConvAxis, 'kernel' | 'dilation'>): number {
  return (kernel - 1) * dilation + 1
}

/** Zeros behind the last input (below 0: inputs left out) with which every one that is left is seen. */
export function exactAfter(a: Omit<ConvAxis, 'after'>): number {
  return (a.output - 1) * a.stride + reach(a) - a.input - a.before
}

/** `declared` stays where rounding down gives the output size with it; else as much as is seen. */
function axis(
  input: number,
  output: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  declared: number,
): ConvAxis {
  const found = { input, output, kernel, stride, dilation, before }
  if (output < 1) {
    throw new Error(`a kernel that reaches over ${reach(found)} does not fit an input of ${input} with its padding`)
  }
  const rounded = Math.floor((input + before + declared - reach(found)) / stride) + 1
  return { ...found, after: rounded === output ? declared : exactAfter(found) }
}

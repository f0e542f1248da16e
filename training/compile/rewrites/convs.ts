/** What the rewrites of 3-D convolutions ask of one. */
import type { OnnxNode } from '../trace/onnx.ts'
import type { Surroundings, Weights } from './pattern.ts'

export interface KnownConv {
  /** Channels-first input. */
  readonly x: string
  /** [O, I, kd, kh, kw] */
  readonly filter: Weights
  readonly bias: Weights | undefined
}

const isAll = (values: unknown, wanted: number): boolean =>
  values === undefined || (values as number[]).every((value) => value === wanted)

/** The convolution if it is 3-D with constant weights, of stride and dilation 1, one group, and keeps the size of its input. */
export function knownConv(node: OnnxNode | undefined, around: Surroundings, kernel: 1 | 3): KnownConv | undefined {
  if (node?.op !== 'Conv') return undefined
  const { kernel_shape, strides, dilations, group = 1, pads, auto_pad } = node.attributes
  const [x, filterName, biasName] = node.inputs as [string, string, string | undefined]
  const filter = around.weights(filterName)
  const bias = biasName === undefined ? undefined : around.weights(biasName)
  if (filter?.shape.length !== 5 || !isAll(kernel_shape, kernel) || !isAll(filter.shape.slice(2), kernel))
    return undefined
  if (!isAll(strides, 1) || !isAll(dilations, 1) || group !== 1 || auto_pad !== undefined) return undefined
  if (kernel === 3 ? pads === undefined || !isAll(pads, 1) : !isAll(pads, 0)) return undefined
  return biasName !== undefined && bias === undefined ? undefined : { x, filter, bias }
}

/** Attributes of a convolution of dilation 1 and one group. */
export function convAttributes(kernel: readonly number[], strides: readonly number[], pads: readonly number[]) {
  return { kernel_shape: kernel, strides, dilations: kernel.map(() => 1), pads }
}

/**
 * Rewrite: pads that follow the size of the input as TensorFlow's 'same' does become auto_pad SAME_UPPER.
 * Total pad of an axis of n with kernel k and stride s: max(k − (n mod s || s), 0), the smaller half in front.
 */
import type { Attribute, OnnxNode } from '../trace/onnx.ts'

const OPS = ['Conv', 'MaxPool', 'AveragePool']

/** The node for every size, or undefined where the pads are not those of 'same'. */
export function sameUpper(nodes: readonly OnnxNode[]): OnnxNode | undefined {
  const [first] = nodes
  if (!OPS.includes(first!.op)) return undefined
  const { pads: _, ...rest } = first!.attributes
  const kernel = ints(rest['kernel_shape'])
  const strides = ints(rest['strides'])
  if (kernel === undefined || strides === undefined) return undefined
  // onnxruntime has no SAME_UPPER for dilated kernels.
  if (ints(rest['dilations'])?.some((dilation) => dilation !== 1) || rest['auto_pad'] !== undefined) return undefined
  for (const node of nodes) {
    const { pads, ...others } = node.attributes
    if (JSON.stringify(others) !== JSON.stringify(rest)) return undefined
    if (!isSamePads(ints(pads) ?? [], kernel, strides)) return undefined
  }
  return { ...first!, attributes: { ...rest, auto_pad: 'SAME_UPPER' } }
}

/** `pads` are those of every axis in front, then behind. */
function isSamePads(pads: readonly number[], kernel: readonly number[], strides: readonly number[]): boolean {
  if (pads.length !== 2 * kernel.length) return false
  return kernel.every((size, axis) => {
    const total = pads[axis]! + pads[axis + kernel.length]!
    const totals = Array.from({ length: strides[axis]! }, (_, i) => Math.max(size - i - 1, 0))
    return pads[axis]! === Math.floor(total / 2) && totals.includes(total)
  })
}

function ints(value: Attribute | undefined): readonly number[] | undefined {
  return Array.isArray(value) ? (value as readonly number[]) : undefined
}

/**
 * A bias added to a convolution becomes the convolution's own third input, which costs nothing:
 * Conv(x, w) + b [1, C, 1, …] → Conv(x, w, b). Standard ONNX.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { applyRewrite, type Rewrite, type Surroundings } from './pattern.ts'

/** The value's shape, where it is noted or a reshape states it. */
function shapeOf(value: string, around: Surroundings): readonly number[] | undefined {
  const reshape = around.maker(value, 'Reshape')
  return around.shape(value) ?? (reshape && around.constant(reshape.inputs[1]!))
}

const rewrite: Rewrite = (node, around, patch) => {
  if (node.op !== 'Add') return undefined
  for (const [value, other] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
    const conv = around.maker(value, 'Conv')
    const [shape, biasShape] = [around.shape(value), shapeOf(other, around)]
    if (conv === undefined || conv.inputs.length !== 2 || around.readers(value) !== 1) continue
    if (shape === undefined || biasShape === undefined) continue
    // [1, C, 1, …] or without its leading 1
    const wanted = shape.map((size, axis) => (axis === 1 ? size : 1))
    if (![wanted, wanted.slice(1)].some((fits) => fits.toString() === biasShape.toString())) continue
    return patch.node('Conv', [...conv.inputs, patch.node('Reshape', [other, patch.ints([-1])])], conv.attributes)
  }
  return undefined
}

export function foldConvBias(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'ConvBias', rewrite)
}

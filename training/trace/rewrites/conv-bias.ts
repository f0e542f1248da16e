/**
 * A bias added to a convolution becomes the convolution's own third input, which costs nothing:
 * Conv(x, w) + Reshape(b, [C, 1, …]) → Conv(x, w, b). Standard ONNX.
 */
import type { OnnxGraph } from '../onnx.ts'
import { applyRewrite, type Rewrite } from './pattern.ts'

const rewrite: Rewrite = (node, around, patch) => {
  if (node.op !== 'Add') return undefined
  for (const [value, other] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
    const conv = around.maker(value, 'Conv')
    const bias = around.maker(other, 'Reshape')
    if (conv === undefined || bias === undefined || conv.inputs.length !== 2 || around.readers(value) !== 1) continue
    const channels = around.shape(value)?.[1]
    const shape = around.constant(bias.inputs[1]!)
    if (channels === undefined || shape?.[0] !== channels || shape.slice(1).some((size) => size !== 1)) continue
    if (around.shape(bias.inputs[0]!)?.toString() !== `${channels}`) continue
    if (shape.length !== around.shape(value)!.length - 1) continue
    return patch.node('Conv', [...conv.inputs, bias.inputs[0]!], conv.attributes)
  }
  return undefined
}

export function foldConvBias(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'ConvBias', rewrite)
}

/**
 * A sum over space of a product, channels first, becomes onnxruntime's own FusedMatMul of rows, which keeps the
 * product in registers: ReduceSum(a · b, axes 2 …) → a [N, C, 1, V] · b [N, C, 1, V]ᵀ. For the cpu provider: the
 * operator is not of standard ONNX.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { elementCount } from '../trace/value.ts'
import { applyRewrite, type Rewrite } from './pattern.ts'

/** Below this a row is not worth a call of its own: channels-last sums over labels look the same. */
const SHORTEST_ROW = 16

const rewrite: Rewrite = (node, around, patch) => {
  if (node.op !== 'ReduceSum') return undefined
  const product = around.maker(node.inputs[0]!, 'Mul')
  if (product === undefined || around.readers(product.outputs[0]!) !== 1) return undefined
  const [a, b] = product.inputs as [string, string]
  const shape = around.shape(a)
  if (shape === undefined || shape.length < 3 || around.shape(b)?.toString() !== shape.toString()) return undefined
  const space = shape.map((_, axis) => axis).slice(2)
  if (around.constant(node.inputs[1]!)?.toString() !== space.toString()) return undefined
  const [n, c] = shape as [number, number]
  if (elementCount(shape.slice(2)) < SHORTEST_ROW) return undefined
  const rows = [a, b].map((name) => patch.node('Reshape', [name, patch.ints([n, c, 1, -1])]))
  const dots = patch.node('FusedMatMul', rows, { transB: 1 }, 'com.microsoft')
  const kept = node.attributes['keepdims'] === 1 ? space.map(() => 1) : []
  return patch.node('Reshape', [dots, patch.ints([n, c, ...kept])])
}

export function fuseDotProducts(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'DotProduct', rewrite)
}

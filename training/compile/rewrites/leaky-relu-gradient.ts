/**
 * tfjs's gradient of the leaky ReLU, where(x > 0, dy, α·dy), as dy · max(step(x), α) with step as a steep hard sigmoid.
 * onnxruntime's Where runs on one thread of the CPU, and its WebGPU provider sends the mask to the CPU and back to
 * transpose it; this does neither. At the very first float32 numbers above 0 (below 1e-38) the step is not yet 1.
 * Standard ONNX.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { applyRewrite, type Rewrite } from './pattern.ts'

const STEEP = 1e38

const rewrite: Rewrite = (node, around, patch) => {
  if (node.op !== 'Where') return undefined
  const [condition, dy, other] = node.inputs as [string, string, string]
  const greater = around.maker(condition, 'Greater')
  const scaled = around.maker(other, 'Mul')
  if (greater === undefined || scaled === undefined) return undefined
  if (around.constant(greater.inputs[1]!)?.toString() !== '0') return undefined
  const slope = scaled.inputs[0] === dy ? scaled.inputs[1]! : scaled.inputs[0]!
  if (!scaled.inputs.includes(dy)) return undefined
  const values = around.constant(slope)
  if (values?.length !== 1 || values[0]! < 0 || values[0]! >= 1) return undefined
  const [x, shape] = [greater.inputs[0]!, around.shape(dy)?.toString()]
  if (shape === undefined || around.shape(x)?.toString() !== shape) return undefined
  const step = patch.node('HardSigmoid', [x], { alpha: { float: STEEP }, beta: { float: 0 } })
  return patch.node('Mul', [dy, patch.node('Max', [step, slope])])
}

export function fuseLeakyReluGradient(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'LeakyReluGradient', rewrite)
}

/**
 * Any tfjs program as one ONNX graph: `trace` runs it once on placeholders. With tfjs's own autodiff and optimiser inside, and the
 * weights declared as variables, that graph is a whole training step: inputs batch and weights, outputs loss and new weights.
 */
import { forInference } from '../../../training/compile/rewrites/for-inference.ts'
import {
  encodeOnnx,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from '../../../training/compile/trace/onnx.ts'
import { OPSET, OPSETS } from '../../../training/compile/trace/opset.ts'
import { type TraceSpec, trace } from '../../../training/compile/trace/trace.ts'

export type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValue, TraceSpec }
export { encodeOnnx, forInference, OPSET, OPSETS, trace }

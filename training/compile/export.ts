/** The inference model: `model.predict` traced into ONNX, weights as constants. */
import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { forInference } from './rewrites/for-inference.ts'
import { encodeOnnx, type OnnxGraph } from './trace/onnx.ts'
import { trace } from './trace/trace.ts'

export const INPUT = 'input'
export const OUTPUT = 'logits'

export interface Exported {
  readonly bytes: Uint8Array
  /** Batch 1, channels last, as tfjs sees them. */
  readonly inputShape: readonly number[]
  readonly outputShape: readonly number[]
}

/** The graph of exportOnnx() as it is served (rewrites/for-inference.ts), not yet encoded. */
export async function servedGraph(model: LayersModel): Promise<OnnxGraph> {
  return forInference((await exportedGraph(model)).graph)
}

/**
 * @param space size of the spatial axes where the model leaves them open or another is wanted, e.g. [96, 96, 96]
 * @throws where an axis is open and no size was given, or a kernel has no ONNX form
 */
export async function exportOnnx(
  model: LayersModel,
  metadata: Readonly<Record<string, string>>,
  space?: readonly number[],
): Promise<Exported> {
  const { graph, inputShape } = await exportedGraph(model, space)
  return { bytes: encodeOnnx(graph, metadata), inputShape, outputShape: graph.outputs[0]!.shape }
}

async function exportedGraph(
  model: LayersModel,
  space?: readonly number[],
): Promise<{ readonly graph: OnnxGraph; readonly inputShape: readonly number[] }> {
  const declared = model.inputs[0]!.shape
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new Error(
      `the model has ${model.inputs.length} inputs and ${model.outputs.length} outputs; one of each is converted`,
    )
  }
  const inputShape = [1, ...(space ?? declared.slice(1, -1)), declared.at(-1)!].map((size, axis) => {
    if (size === null) throw new Error(`axis ${axis} of the input is open; give its size`)
    return size
  })
  const graph = await trace((inputs) => ({ [OUTPUT]: model.apply(inputs[INPUT]!) as tf.Tensor }), {
    inputs: { [INPUT]: inputShape },
  })
  return { graph, inputShape }
}

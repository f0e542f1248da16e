/** The inference model: `model.predict` traced into ONNX, weights as constants. */
import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Probe } from './convert/affine.ts'
import type { Sizes } from './convert/axes.ts'
import { openedGraph } from './convert/symbolic.ts'
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

/**
 * The graph of exportOnnx() as it is served (rewrites/for-inference.ts), not yet encoded.
 * @param space as of exportOnnx()
 * @param forward what the model does, otherwise than layer by layer
 */
export async function servedGraph(
  model: LayersModel,
  { space, forward }: { readonly space?: readonly number[]; readonly forward?: Forward | undefined } = {},
): Promise<OnnxGraph> {
  return forInference((await exportedGraph(model, space, forward)).graph)
}

/** [1, …space, C] → [1, …space, K] */
export type Forward = (input: tf.Tensor) => tf.Tensor

/**
 * One served graph, [1, C, D, H, W] in and [1, K, D, H, W] out, for all sides that are multiples of `multiple` voxels.
 * @param at the graph for a patch of [D, H, W]: the same network at each size
 */
export function openServedGraph(
  at: (patch: readonly [number, number, number]) => Promise<OnnxGraph>,
  multiple: number,
): Promise<OnnxGraph> {
  const sides = (of: readonly [number, number, number]): Sizes => {
    const [D, H, W] = of.map((times) => times * multiple)
    return { D: D!, H: H!, W: W! }
  }
  const probe: Probe = { base: sides([2, 3, 4]), alone: sides([5, 6, 7]), together: sides([8, 9, 10]) }
  return openedGraph(
    ({ D, H, W }) => at([D!, H!, W!]),
    probe,
    ({ shape }) => [...shape.slice(0, 2), 'D', 'H', 'W'],
  )
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
  forward: Forward = (input) => model.apply(input) as tf.Tensor,
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
  const graph = await trace((inputs) => ({ [OUTPUT]: forward(inputs[INPUT]!) }), {
    inputs: { [INPUT]: inputShape },
  })
  return { graph, inputShape }
}

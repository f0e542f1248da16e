/** In what form a graph is written: its opset, the type of its weights, the order of its axes. */
import { channelsFirstOutside, channelsOutside } from '../rewrites/channels-first.ts'
import { forInference } from '../rewrites/for-inference.ts'
import { halfWeights } from '../rewrites/half-weights.ts'
import { encodeOnnx, type OnnxGraph } from '../trace/onnx.ts'
import type { Sizes } from './axes.ts'
import { type Opened, openGraph } from './open-axes.ts'
import type { Program } from './program.ts'

/** Left out is as it was traced: opset 17, weights in float32, channels last. */
export interface Form {
  /** The opset of the file, one of OPSETS (trace/opset.ts): 16 to 26. */
  readonly opset?: number
  /** Weights are stored as float16 and computed with as float32: half of the file. */
  readonly fp16?: boolean
  /** [N, C, D, H, W] in place of [N, D, H, W, C] outside, [N, C, H, W] of [N, H, W, C], [N, C, L] of [N, L, C]. */
  readonly channelsFirst?: boolean
  /** For a network that is only run, one batch of 1 at a time: rewrites/for-inference.ts. Its channels are first. */
  readonly forInference?: boolean
}

/** @throws as openGraph() does, and where the form asks for what the model does not have */
export async function openInForm(program: Program, wanted: Opened['open'], fixed: Sizes, form: Form): Promise<Opened> {
  const opened = await openGraph(program, wanted, fixed)
  if (form.forInference && opened.open.length > 0)
    throw new Error(`a network that is only run has fixed sizes; ${opened.open.join(', ')} are open: give --size`)
  if (form.forInference) return withOrderNotes({ ...opened, graph: forInference(opened.graph) })
  if (!form.channelsFirst) return opened
  const { inputs } = opened.graph
  if (!inputs.some(channelsOutside(opened.graph))) {
    const shapes = inputs.map(({ name, dims, shape }) => `'${name}' [${dims ?? shape}]`).join(', ')
    throw new Error(`no channels can be put first: no input has three axes or more, ${shapes}`)
  }
  return withOrderNotes({ ...opened, graph: channelsFirstOutside(opened.graph) })
}

function withOrderNotes(opened: Opened): Opened {
  const { graph } = opened
  const isMoved = channelsOutside(graph)
  const left = graph.outputs.filter((output) => output.shape.length > 2 && !isMoved(output))
  const notes = left.map(
    ({ name, dims, shape }) =>
      `the output '${name}' [${dims ?? shape}] keeps the order of its axes: no input has as many`,
  )
  return { ...opened, notes: [...opened.notes, ...notes] }
}

export interface Files {
  readonly float32: Uint8Array
  /** The same with its weights in float16, where that is asked for: it is the one to be written then. */
  readonly float16?: Uint8Array
  readonly notes: readonly string[]
}

/** @throws where the opset cannot be written */
export function filesOf(graph: OnnxGraph, metadata: Readonly<Record<string, string>>, { opset, fp16 }: Form): Files {
  const float32 = encodeOnnx(graph, metadata, opset)
  if (!fp16) return { float32, notes: [] }
  const { graph: halved, kept } = halfWeights(graph)
  const notes = kept.map((name) => `the constant '${name}' stays float32: its largest value is none of float16's`)
  return { float32, float16: encodeOnnx(halved, metadata, opset), notes }
}

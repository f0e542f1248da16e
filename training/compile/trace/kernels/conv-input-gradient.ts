/**
 * Gradient of a convolution by its input, which is also the transposed convolution:
 *   dx[o·s + k·d − before] += dy[o] · W[k]ᵀ.
 * At stride 1 it is the convolution of dy with the filter flipped in space. At stride s, inputs s apart share their
 * taps: with k = s·m + r, the inputs of phase r are a plain convolution of dy with the taps m of that phase. All phases
 * are one convolution with s times the channels an axis, folded out into space. No zeros are multiplied but those that
 * fill k up to a multiple of s. Beside onnxruntime's ConvTranspose on two cores, stride 2, transposes included: in 3-D,
 * 32 channels to 48³, 23–51 ms against 35–112; in 2-D, 64 channels to 128², 3.5–5.6 against 2.4–5.0.
 */
import type { GraphBuilder } from '../graph.ts'
import { elementCount } from '../value.ts'
import type { ConvAxis, ConvGeometry } from './conv-geometry.ts'
import { flippedInputChannelsFirst } from './filter-layout.ts'
import { convPads, cropped, fitted, type Margin } from './space-margins.ts'

interface Phases {
  /** Taps of one phase. */
  readonly taps: number
  /** Steps of `stride` inputs that are computed, and the first one (an input before 0 may be among them). */
  readonly steps: number
  readonly from: number
  readonly margin: Margin
}

function phasesOf(axis: ConvAxis): Phases {
  const { stride, dilation, before, input, output, kernel } = axis
  if (stride > 1 && dilation > 1) throw new Error(`stride ${stride} with dilation ${dilation}: one of them must be 1`)
  const taps = Math.ceil(kernel / stride)
  const from = Math.floor(before / stride)
  const end = Math.ceil((before + input) / stride)
  return { taps, from, steps: end - from, margin: [(taps - 1) * dilation - from, end - output] }
}

/** dy [N, Co, ...out], filter [...k, Ci, Co] (depthwise [...k, Ci, Co / Ci]) → dx [N, Ci, ...in]. */
export function convInputGradient(
  graph: GraphBuilder,
  dy: string,
  filter: string,
  filterShape: readonly number[],
  { axes, groups }: ConvGeometry,
): string {
  const plans = axes.map(phasesOf)
  const margins = plans.map((plan) => plan.margin)
  const strides = axes.map((axis) => axis.stride)
  const phased = byPhase(graph, filter, filterShape, strides)
  const outputs = axes.map((axis) => axis.output)
  const conv = graph.node(
    'Conv',
    [cropped(graph, dy, outputs, margins), flippedInputChannelsFirst(graph, phased.filter, phased.shape)],
    {
      kernel_shape: plans.map((plan) => plan.taps),
      dilations: axes.map((axis) => axis.dilation),
      pads: convPads(margins),
      ...(groups === 1 ? {} : { group: groups }),
    },
  )
  if (strides.every((s) => s === 1)) return conv
  const unfolded = intoSpace(
    graph,
    conv,
    filterShape.at(-2)!,
    strides,
    plans.map((plan) => plan.steps),
  )
  const ends = axes.map((axis, i): Margin => {
    const start = axis.before - axis.stride * plans[i]!.from
    return [-start, start + axis.input - axis.stride * plans[i]!.steps]
  })
  return fitted(
    graph,
    unfolded,
    axes.map((axis, i) => axis.stride * plans[i]!.steps),
    ends,
  )
}

/** [...k, Ci, Co] → [...⌈k/s⌉, Ci · s₁ · s₂ …, Co]: the taps of every phase, as channels. */
function byPhase(
  graph: GraphBuilder,
  filter: string,
  shape: readonly number[],
  strides: readonly number[],
): { filter: string; shape: readonly number[] } {
  if (strides.every((s) => s === 1)) return { filter, shape }
  const rank = strides.length
  const taps = strides.map((s, i) => Math.ceil(shape[i]! / s))
  const missing = strides.map((s, i) => taps[i]! * s - shape[i]!)
  const none = shape.map(() => 0)
  const full = missing.every((n) => n === 0)
    ? filter
    : graph.node('Pad', [filter, graph.ints([...none, ...missing, 0, 0])])
  const [ci, co] = [shape.at(-2)!, shape.at(-1)!]
  const split = graph.node('Reshape', [full, graph.ints([...taps.flatMap((m, i) => [m, strides[i]!]), ci, co])])
  const even = strides.map((_, i) => 2 * i)
  const perm = [...even, 2 * rank, ...even.map((axis) => axis + 1), 2 * rank + 1]
  const phased = [...taps, ci * elementCount(strides), co]
  return {
    filter: graph.node('Reshape', [graph.node('Transpose', [split], { perm }), graph.ints(phased)]),
    shape: phased,
  }
}

/** [N, Ci · s₁ · s₂ …, ...steps] → [N, Ci, s₁ · steps₁, …] */
function intoSpace(
  graph: GraphBuilder,
  name: string,
  ci: number,
  strides: readonly number[],
  steps: readonly number[],
): string {
  const rank = strides.length
  if (rank === 2 && strides[0] === strides[1]) {
    return graph.node('DepthToSpace', [name], { blocksize: strides[0]!, mode: 'CRD' })
  }
  const split = graph.node('Reshape', [name, graph.ints([0, ci, ...strides, ...steps])])
  const perm = [0, 1, ...strides.flatMap((_, i) => [2 + rank + i, 2 + i])]
  const moved = graph.node('Transpose', [split], { perm })
  return graph.node('Reshape', [moved, graph.ints([0, ci, ...strides.map((s, i) => s * steps[i]!)])])
}

/** Axes of space made longer or shorter at their ends, channels first. */
import type { GraphBuilder } from '../graph.ts'

/** Zeros to add before and behind; below 0, voxels to leave out. */
export type Margin = readonly [before: number, after: number]

/** [N, C, ...sizes] with the margins below 0 cut off; the others stay as they are. */
export function cropped(
  graph: GraphBuilder,
  name: string,
  sizes: readonly number[],
  margins: readonly Margin[],
): string {
  const cut = margins.flatMap(([before, after], i) => (before < 0 || after < 0 ? [i] : []))
  if (cut.length === 0) return name
  const starts = cut.map((i) => Math.max(0, -margins[i]![0]))
  const ends = cut.map((i) => sizes[i]! + Math.min(0, margins[i]![1]))
  return graph.node('Slice', [name, graph.ints(starts), graph.ints(ends), graph.ints(cut.map((i) => i + 2))])
}

/** [N, C, ...sizes] with all margins applied. */
export function fitted(
  graph: GraphBuilder,
  name: string,
  sizes: readonly number[],
  margins: readonly Margin[],
): string {
  const inner = cropped(graph, name, sizes, margins)
  if (margins.every(([before, after]) => before <= 0 && after <= 0)) return inner
  const pads = [...zeros(margins, 0), ...zeros(margins, 1)]
  return graph.node('Pad', [inner, graph.ints(pads)])
}

/** ONNX's pads of Conv. */
export function convPads(margins: readonly Margin[]): number[] {
  return [0, 1].flatMap((end) => margins.map((margin) => Math.max(0, margin[end]!)))
}

function zeros(margins: readonly Margin[], end: 0 | 1): number[] {
  return [0, 0, ...margins.map((margin) => Math.max(0, margin[end]))]
}

/**
 * Convolution filters from tfjs's order [...k, Ci, Co] to onnxruntime's. Done by transposes of two axes and of whole
 * runs, for which onnxruntime has fast code; the one transpose of all axes costs ten times as much, and a training
 * step does it for every filter, twice.
 */
import type { GraphBuilder } from '../graph.ts'
import { elementCount } from '../value.ts'

function parts(shape: readonly number[]): { kernel: readonly number[]; taps: number; ci: number; co: number } {
  const kernel = shape.slice(0, -2)
  return { kernel, taps: elementCount(kernel), ci: shape.at(-2)!, co: shape.at(-1)! }
}

/** [...k, Ci, Co] → [Co, Ci, ...k], as Conv takes it. */
export function outputChannelsFirst(graph: GraphBuilder, filter: string, shape: readonly number[]): string {
  const { kernel, taps, ci, co } = parts(shape)
  const tapsLast = graph.node('Reshape', [swap(graph, filter, [taps, ci * co]), graph.ints([ci, co, taps])])
  const moved = graph.node('Transpose', [tapsLast], { perm: [1, 0, 2] })
  return graph.node('Reshape', [moved, graph.ints([co, ci, ...kernel])])
}

/**
 * [...k, Ci, Co] → [Ci, Co, ...k], flipped along every spatial axis: the filter of the convolution that takes the
 * gradient of the output to the gradient of the input.
 */
export function flippedInputChannelsFirst(graph: GraphBuilder, filter: string, shape: readonly number[]): string {
  const { kernel, taps, ci, co } = parts(shape)
  const rows = graph.node('Reshape', [filter, graph.ints([taps, ci * co])])
  // Flipping every axis is reversing the order of the taps.
  const reversed = graph.ints(Array.from({ length: taps }, (_, i) => taps - 1 - i))
  const flipped = taps === 1 ? rows : graph.node('Gather', [rows, reversed], { axis: 0 })
  return graph.node('Reshape', [swap(graph, flipped, [taps, ci * co]), graph.ints([ci, co, ...kernel])])
}

/** The two axes of a matrix exchanged. */
function swap(graph: GraphBuilder, name: string, shape: [number, number]): string {
  return graph.node('Transpose', [graph.node('Reshape', [name, graph.ints(shape)])], { perm: [1, 0] })
}

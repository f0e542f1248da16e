/**
 * Every voxel repeated along the axes of space, and its gradient, the sum over the copies. At 2×48³×16 channels Tile took
 * 49 ms where Resize took 146, and AveragePool 6 where a sum over split axes took 8 (two cores).
 */
import type { GraphBuilder } from '../graph.ts'
import { elementCount, firstForm, type Traced } from '../value.ts'

/** [N, …space, C] → [N, …space · times, C]; one number an axis of space. */
export function repeated(graph: GraphBuilder, x: Traced, times: readonly number[]): Traced {
  const space = x.shape.slice(1, -1)
  const shape = [x.shape[0]!, ...space.map((size, a) => size * times[a]!), x.shape.at(-1)!]
  const split = [x.shape[0]!, x.shape.at(-1)!, ...space.flatMap((size) => [size, 1])]
  const apart = graph.node('Reshape', [firstForm(graph, x), graph.ints(split)])
  const tiled = graph.node('Tile', [apart, graph.ints([1, 1, ...times.flatMap((count) => [1, count])])])
  const first = graph.node('Reshape', [tiled, graph.ints([shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)])])
  return { shape, type: x.type, forms: { first } }
}

/** The gradient of `repeated`: blocks of `times` summed. */
export function summed(graph: GraphBuilder, dy: Traced, times: readonly number[]): Traced {
  const space = dy.shape.slice(1, -1).map((size, a) => size / times[a]!)
  const means = graph.node('AveragePool', [firstForm(graph, dy)], { kernel_shape: times, strides: times })
  const first = graph.node('Mul', [means, graph.scalar(elementCount(times))])
  return { shape: [dy.shape[0]!, ...space, dy.shape.at(-1)!], type: 'float32', forms: { first } }
}

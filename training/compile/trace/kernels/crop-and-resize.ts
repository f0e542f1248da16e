/**
 * Boxes of images, each sampled on a grid of its own. Sampling is linear in the image and separable: a matrix of
 * weights a row and one a column, made from the boxes by the graph.
 */
import type { GraphBuilder } from '../graph.ts'
import { lastForm } from '../value.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'

interface Samples {
  /** [n, count]: whether the place lies in the image. */
  readonly isInside: string
  /** [n, count, size]: the weight of each pixel of the row. */
  readonly weights: string
}

/** `count` places from `begin` to `end` ([n, 1], 0 … 1 over the image) on a row of `size` pixels. */
function samples(
  graph: GraphBuilder,
  begin: string,
  end: string,
  count: number,
  size: number,
  isNearest: boolean,
): Samples {
  const { node, scalar } = graph
  const [from, to] = [begin, end].map((edge) => node('Mul', [edge, scalar(size - 1)]))
  const shares = count > 1 ? Array.from({ length: count }, (_, i) => i / (count - 1)) : [0.5]
  const along = node('Mul', [node('Sub', [to!, from!]), graph.constant('float32', [1, count], shares)])
  const places = node('Add', [from!, along])
  const isInside = node('And', [
    node('GreaterOrEqual', [places, scalar(0)]),
    node('LessOrEqual', [places, scalar(size - 1)]),
  ])
  const pixels = graph.constant(
    'float32',
    [size],
    Array.from({ length: size }, (_, i) => i),
  )
  const column = node('Unsqueeze', [places, graph.ints([2])])
  // Half up, as in JavaScript.
  const nearest = () => node('Equal', [node('Floor', [node('Add', [column, scalar(0.5)])]), pixels])
  const hat = () => node('Sub', [scalar(1), node('Abs', [node('Sub', [column, pixels])])])
  const weights = isNearest ? node('Cast', [nearest()], { to: 1 }) : node('Relu', [hat()])
  return { isInside, weights }
}

const cropAndResize: Kernel = (call) => {
  const [image, boxes, boxInd] = [need(call, 'image'), need(call, 'boxes'), need(call, 'boxInd')]
  const { graph } = call
  const [, h, w, c] = image.shape as [number, number, number, number]
  const [height, width] = call.attrs['cropSize'] as [number, number]
  const isNearest = call.attrs['method'] === 'nearest'
  const n = boxes.shape[0]!
  const box = lastForm(graph, boxes)
  const edge = (i: number) => graph.node('Slice', [box, ...[i, i + 1, 1].map((value) => graph.ints([value]))])
  const rows = samples(graph, edge(0), edge(2), height, h, isNearest)
  const columns = samples(graph, edge(1), edge(3), width, w, isNearest)
  const chosen = graph.node('Gather', [lastForm(graph, image), lastForm(graph, boxInd)], { axis: 0 })
  const lines = graph.node('Reshape', [chosen, graph.ints([n, h, w * c])])
  const down = graph.node('Reshape', [graph.node('MatMul', [rows.weights, lines]), graph.ints([n, height, w, c])])
  const across = graph.node('MatMul', [graph.node('Unsqueeze', [columns.weights, graph.ints([1])]), down])
  const isInside = graph.node('And', [
    graph.node('Reshape', [rows.isInside, graph.ints([n, height, 1, 1])]),
    graph.node('Reshape', [columns.isInside, graph.ints([n, 1, width, 1])]),
  ])
  const outside = graph.scalar(Number(call.attrs['extrapolationValue']))
  const last = graph.node('Where', [isInside, across, outside])
  return { shape: [n, height, width, c], type: 'float32', forms: { last } }
}

export const cropKernels = { CropAndResize: cropAndResize } satisfies KernelTable

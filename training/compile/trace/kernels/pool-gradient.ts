/**
 * Gradients of pooling. A window's gradient goes to ONE maximum: among equals to the first in 2-D and to the last in
 * 3-D, as tfjs's cpu kernels do (tfjs-backend-cpu pool_utils: `>` there, `>=` here). Where those kernels are wrong we
 * are not: the average's gradient is divided by the voxels that the forward pass counted and not by the whole window,
 * and the 3-D maximum is found for windows that are not cubes.
 */
import type { GraphBuilder } from '../graph.ts'
import { firstForm, type Traced } from '../value.ts'
import { alongSpace, axisMatrix, transposed } from './along-axis.ts'
import { type Kernel, type KernelTable, need } from './kernel.ts'
import { inside, poolWindow, windowAttributes } from './pool-window.ts'

const averageGradient: Kernel = (call) => {
  const dy = need(call, 'dy')
  const window = poolWindow(call, need(call, 'input').shape, dy.shape)
  // A box is the product of its intervals, and so is the number of voxels in it.
  const averages = window.input.map((columns, axis) =>
    axisMatrix(window.output[axis]!, columns, (row) => {
      const [begin, end] = inside(window, axis, row)
      return Array.from({ length: end - begin }, (_, i) => [begin + i, 1 / (end - begin)] as const)
    }),
  )
  return alongSpace(call.graph, dy, averages.map(transposed))
}

/** dy scattered to the place of each window's maximum, which ONNX's MaxPool gives as an index into the whole x. */
const maximumGradient: Kernel = (call) => {
  const dy = need(call, 'dy')
  const x = need(call, 'input')
  const { graph } = call
  const window = poolWindow(call, x.shape, dy.shape)
  const { kernel_shape, strides, pads } = windowAttributes(window)
  const rank = window.size.length
  // ONNX takes the first of equals; of the reversed box that is the last.
  const isReversed = rank === 3
  // Reversed, a window that started at the front starts at the back, and voxels that no window sees change sides.
  const [ahead, behind] = [pads.slice(0, rank), pads.slice(rank)]
  const unseen = window.input.map(
    (n, a) => n + ahead[a]! + behind[a]! - kernel_shape[a]! - (window.output[a]! - 1) * strides[a]!,
  )
  const seen = isReversed ? reversed(graph, firstForm(graph, x), rank, unseen) : firstForm(graph, x)
  const [, indices] = graph.nodes('MaxPool', [seen], 2, {
    kernel_shape,
    strides,
    pads: isReversed ? [...behind, ...ahead] : pads,
  })
  const flat = (name: string) => graph.node('Reshape', [name, graph.ints([-1])])
  const given = isReversed ? reversed(graph, firstForm(graph, dy), rank) : firstForm(graph, dy)
  const shape = graph.node('Shape', [seen])
  const zeros = flat(graph.node('ConstantOfShape', [shape]))
  const scattered = graph.node('ScatterElements', [zeros, flat(indices!), flat(given)], { axis: 0, reduction: 'add' })
  const box = graph.node('Reshape', [scattered, shape])
  const first = isReversed ? padded(graph, reversed(graph, box, rank), unseen) : box
  return { shape: x.shape, type: 'float32', forms: { first } } satisfies Traced
}

/** Every axis of space backwards, in channels-first, less `cut` voxels at its old end. */
function reversed(graph: GraphBuilder, name: string, rank: number, cut?: readonly number[]): string {
  const axes = Array.from({ length: rank }, (_, a) => a + 2)
  const begin = graph.ints(axes.map((_, a) => -1 - (cut?.[a] ?? 0)))
  const end = graph.ints(axes.map(() => -(2 ** 31)))
  return graph.node('Slice', [name, begin, end, graph.ints(axes), graph.ints(axes.map(() => -1))])
}

/** Zeros for the voxels that no window saw. */
function padded(graph: GraphBuilder, name: string, behind: readonly number[]): string {
  if (behind.every((n) => n === 0)) return name
  const none = behind.map(() => 0)
  return graph.node('Pad', [name, graph.ints([0, 0, ...none, 0, 0, ...behind])])
}

export const poolGradientKernels = {
  AvgPool3DGrad: averageGradient,
  AvgPoolGrad: averageGradient,
  MaxPool3DGrad: maximumGradient,
  MaxPoolGrad: maximumGradient,
} satisfies KernelTable

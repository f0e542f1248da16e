/**
 * Weight gradient of a 3-D convolution at stride 1, dilation 1, odd kernels and 'same' padding, the one that training
 * spends its time in: dW[kd,kh,kw] = Σ_p x[p + k] · dy[p]ᵀ. The kw shifts are taken on x (3·Ci channels), the kd and kh
 * shifts on dy (9·Co channels), one batched product a depth plane, then a sum. Measured beside other forms in
 * bench/weight-gradient.ts (docs/decisions/0007-how-the-weight-gradient-is-computed.md).
 */
import type { backend_util } from '@tensorflow/tfjs-core'
import { firstForm, type Traced } from '../value.ts'
import type { KernelCall } from './kernel.ts'

type Five = [number, number, number, number, number]
type Info = ReturnType<typeof backend_util.computeConv3DInfo>

/** [N, C, D, H, W] cut to a box of the same size, `starts` voxels into its padded axes. */
function window(call: KernelCall, name: string, starts: number[], sizes: number[], axes: number[]): string {
  const ends = starts.map((start, i) => start + sizes[i]!)
  const { graph } = call
  return graph.node('Slice', [name, graph.ints(starts), graph.ints(ends), graph.ints(axes)])
}

function times(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** dW [kd, kh, kw, Ci, Co] for x [N, D, H, W, Ci] and dy [N, D, H, W, Co]. */
export function sameWeightGradient(call: KernelCall, x: Traced, dy: Traced, info: Info): Traced {
  const { graph } = call
  const shape = [...info.filterShape]
  const [kd, kh, kw] = [info.filterDepth, info.filterHeight, info.filterWidth]
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const p = info.padInfo
  const xPadded = kw === 1 ? firstForm(graph, x) : padded(x, [0, 0, p.left], [0, 0, p.right])
  // Shifting x by +k is shifting dy by −k: dy is padded the other way round.
  const yPadded = kd * kh === 1 ? firstForm(graph, dy) : padded(dy, [p.back, p.bottom, 0], [p.front, p.top, 0])
  const xs = times(kw).map((k) => (kw === 1 ? xPadded : window(call, xPadded, [k], [w], [4])))
  const ys = times(kd * kh).map((k) => {
    const starts = [kd - 1 - Math.floor(k / kh), kh - 1 - (k % kh)]
    return kd * kh === 1 ? yPadded : window(call, yPadded, starts, [d, h], [2, 3])
  })
  const xPlanes = planes(xs, kw * ci, [0, 2, 1, 3]) // [N, D, kw·Ci, H·W]
  const yPlanes = planes(ys, kd * kh * co, [0, 2, 3, 1]) // [N, D, H·W, kd·kh·Co]
  const product = graph.node('ReduceSum', [graph.node('MatMul', [xPlanes, yPlanes]), graph.ints([0, 1])], {
    keepdims: 0,
  })
  const split = graph.node('Reshape', [product, graph.ints([kw, ci, kd, kh, co])])
  const last = graph.node('Transpose', [split], { perm: [2, 3, 0, 1, 4] })
  return { shape, type: 'float32', forms: { last } }

  function padded(value: Traced, before: number[], after: number[]): string {
    return graph.node('Pad', [firstForm(graph, value), graph.ints([0, 0, ...before, 0, 0, ...after])])
  }

  function planes(shifted: string[], channels: number, perm: number[]): string {
    const joined = shifted.length === 1 ? shifted[0]! : graph.node('Concat', shifted, { axis: 1 })
    return graph.node('Transpose', [graph.node('Reshape', [joined, graph.ints([n, channels, d, h * w])])], { perm })
  }
}

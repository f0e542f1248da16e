/**
 * Weight gradient of a 3-D convolution at stride 1, dilation 1, odd kernels and 'same' padding, the one that training
 * spends its time in: dW[kd,kh,kw] = Σ_p x[p + k] · dy[p]ᵀ. The kd and kh shifts are taken on dy (9·Co channels), the kw
 * shifts on x (3·Ci), and one product sums over all voxels. Everything stays as it lies, channels before voxels:
 * whole rows of dy are gathered, and onnxruntime takes the transposed operand into its product. Measured beside other
 * forms in bench/weight-gradient.ts (docs/decisions/0007-how-the-weight-gradient-is-computed.md).
 */
import type { backend_util } from '@tensorflow/tfjs-core'
import type { GraphBuilder } from '../graph.ts'
import { firstForm, type Traced } from '../value.ts'
import type { KernelCall } from './kernel.ts'

type Five = [number, number, number, number, number]
type Info = ReturnType<typeof backend_util.computeConv3DInfo>

/** dW [kd, kh, kw, Ci, Co] for x [N, D, H, W, Ci] and dy [N, D, H, W, Co]. */
export function sameWeightGradient(call: KernelCall, x: Traced, dy: Traced, info: Info): Traced {
  const { graph } = call
  const [kd, kh, kw] = [info.filterDepth, info.filterHeight, info.filterWidth]
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const reshape = (name: string, shape: number[]) => graph.node('Reshape', [name, graph.ints(shape)])
  const xs = reshape(columnShifts(graph, firstForm(graph, x), kw), [n, kw * ci, d * h * w])
  const ys = reshape(rowShifts(graph, firstForm(graph, dy), [n, co, d, h, w], [kd, kh]), [n, co * kd * kh, d * h * w])
  // [N, Co·kd·kh, kw·Ci]; onnxruntime fuses the transpose into the product.
  const product = graph.node('MatMul', [ys, graph.node('Transpose', [xs], { perm: [0, 2, 1] })])
  const sum = n === 1 ? product : graph.node('ReduceSum', [product, graph.ints([0])], { keepdims: 0 })
  const last = graph.node('Transpose', [reshape(sum, [co, kd * kh * kw * ci])], { perm: [1, 0] })
  return { shape: [...info.filterShape], type: 'float32', forms: { last: reshape(last, [...info.filterShape]) } }
}

/** x [N, C, D, H, W] → [N, kw·C, D, H, W]: shifted along W by −⌊kw/2⌋ …, zeros come in. A negative pad cuts. */
function columnShifts(graph: GraphBuilder, x: string, kw: number): string {
  if (kw === 1) return x
  const half = (kw - 1) / 2
  const shifts = Array.from({ length: kw }, (_, k) => {
    const before = half - k
    return before === 0 ? x : graph.node('Pad', [x, graph.ints([0, 0, 0, 0, before, 0, 0, 0, 0, -before])])
  })
  return graph.node('Concat', shifts, { axis: 1 })
}

/**
 * y [N, C, D, H, W] → [N, C, kd·kh, D·H, W]. A shift of x by +k is one of y by −k, so the shifts run the other way
 * round than in columnShifts. Rows that lie outside are rows of the zero padding.
 */
function rowShifts(graph: GraphBuilder, y: string, [n, c, d, h, w]: Five, [kd, kh]: [number, number]): string {
  if (kd * kh === 1) return y
  const [p, q] = [(kd - 1) / 2, (kh - 1) / 2]
  const padded = graph.node('Pad', [y, graph.ints([0, 0, p, q, 0, 0, 0, p, q, 0])])
  const rows = graph.node('Reshape', [padded, graph.ints([n, c, (d + 2 * p) * (h + 2 * q), w])])
  const index = new Int32Array(kd * kh * d * h)
  for (let k = 0, at = 0; k < kd * kh; k++)
    for (let row = 0; row < d * h; row++, at++) {
      const plane = kd - 1 - Math.floor(k / kh) + Math.floor(row / h)
      index[at] = plane * (h + 2 * q) + (kh - 1 - (k % kh)) + (row % h)
    }
  return graph.node('Gather', [rows, graph.constant('int32', [kd * kh, d * h], index)], { axis: 2 })
}

/**
 * Weight gradient of a 3-D convolution at stride 1, dilation 1, odd kernels and 'same' padding, the one that training
 * spends its time in: dW[kd,kh,kw] = Σ_p x[p + k] · dy[p]ᵀ. The kd and kh shifts are taken on dy (9·Co channels), the kw
 * shifts on x (3·Ci), and one product sums over the voxels of a slab of planes, small enough to stay in the cache.
 * Everything stays as it lies, channels before voxels: whole rows of dy are gathered, and onnxruntime takes the
 * transposed operand into its product. Measured beside other forms in bench/weight-gradient.ts
 * (docs/decisions/0007-how-the-weight-gradient-is-computed.md).
 */
import type { backend_util } from '@tensorflow/tfjs-core'
import type { GraphBuilder } from '../graph.ts'
import { firstForm, type Traced } from '../value.ts'
import type { KernelCall } from './kernel.ts'

type Five = [number, number, number, number, number]
type Info = ReturnType<typeof backend_util.computeConv3DInfo>

/** Most bytes that the shifted dy of one slab may take. */
const SLAB_BYTES = 12 * 2 ** 20

/** dW [kd, kh, kw, Ci, Co] for x [N, D, H, W, Ci] and dy [N, D, H, W, Co]. */
export function sameWeightGradient(call: KernelCall, x: Traced, dy: Traced, info: Info): Traced {
  const { graph } = call
  const [kd, kh, kw] = [info.filterDepth, info.filterHeight, info.filterWidth]
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const reshape = (name: string, shape: number[]) => graph.node('Reshape', [name, graph.ints(shape)])
  const columns = columnShifts(graph, firstForm(graph, x), kw)
  const rows = paddedRows(graph, firstForm(graph, dy), [n, co, d, h, w], [kd, kh])
  const planes = kd * kh === 1 ? d : Math.max(1, Math.floor(SLAB_BYTES / (4 * n * co * kd * kh * h * w)))
  const products: string[] = []
  for (let from = 0; from < d; from += planes) {
    const to = Math.min(d, from + planes)
    const voxels = (to - from) * h * w
    const window = (name: string) =>
      planes >= d ? name : graph.node('Slice', [name, graph.ints([from]), graph.ints([to]), graph.ints([2])])
    const cut = columns.map(window)
    const xs = reshape(kw === 1 ? cut[0]! : graph.node('Concat', cut, { axis: 1 }), [n, kw * ci, voxels])
    const ys = reshape(rowShifts(graph, rows, [from, to, h], [kd, kh]), [n, co * kd * kh, voxels])
    // [N, Co·kd·kh, kw·Ci]; onnxruntime fuses the transpose into the product.
    products.push(graph.node('MatMul', [ys, graph.node('Transpose', [xs], { perm: [0, 2, 1] })]))
  }
  const all = products.length === 1 ? products[0]! : graph.node('Concat', products, { axis: 0 })
  const sum = n * products.length === 1 ? all : graph.node('ReduceSum', [all, graph.ints([0])], { keepdims: 0 })
  const last = graph.node('Transpose', [reshape(sum, [co, kd * kh * kw * ci])], { perm: [1, 0] })
  return { shape: [...info.filterShape], type: 'float32', forms: { last: reshape(last, [...info.filterShape]) } }
}

/** x [N, C, D, H, W] shifted along W by −⌊kw/2⌋ …; zeros come in. A negative pad cuts. */
function columnShifts(graph: GraphBuilder, x: string, kw: number): string[] {
  const half = (kw - 1) / 2
  return Array.from({ length: kw }, (_, k) => {
    const before = half - k
    return before === 0 ? x : graph.node('Pad', [x, graph.ints([0, 0, 0, 0, before, 0, 0, 0, 0, -before])])
  })
}

/** y [N, C, D, H, W] → [N, C, rows, W], the rows of y and of zeros about it. */
function paddedRows(graph: GraphBuilder, y: string, [n, c, d, h, w]: Five, [kd, kh]: [number, number]): string {
  if (kd * kh === 1) return y
  const [p, q] = [(kd - 1) / 2, (kh - 1) / 2]
  const padded = graph.node('Pad', [y, graph.ints([0, 0, p, q, 0, 0, 0, p, q, 0])])
  return graph.node('Reshape', [padded, graph.ints([n, c, (d + 2 * p) * (h + 2 * q), w])])
}

/**
 * Planes `from` … `to` of every shift: [N, C, kd·kh, (to − from)·H, W]. A shift of x by +k is one of y by −k, so the
 * shifts run the other way round than in columnShifts.
 */
function rowShifts(
  graph: GraphBuilder,
  rows: string,
  [from, to, h]: [number, number, number],
  [kd, kh]: [number, number],
): string {
  if (kd * kh === 1) return rows
  const count = (to - from) * h
  const index = new Int32Array(kd * kh * count)
  for (let k = 0, at = 0; k < kd * kh; k++)
    for (let row = 0; row < count; row++, at++) {
      const plane = kd - 1 - Math.floor(k / kh) + from + Math.floor(row / h)
      index[at] = plane * (h + kh - 1) + (kh - 1 - (k % kh)) + (row % h)
    }
  return graph.node('Gather', [rows, graph.constant('int32', [kd * kh, count], index)], { axis: 2 })
}

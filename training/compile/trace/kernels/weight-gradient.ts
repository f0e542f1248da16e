/**
 * Weight gradient of a 3-D convolution at stride 1, dilation 1, odd kernels and 'same' padding, the one that training
 * spends its time in: dW[kd,kh,kw] = Σ_p x[p + k] · dy[p]ᵀ. The kd and kh shifts are taken on dy (9·Co channels), the kw
 * shifts on x (3·Ci), and one product sums over the voxels of a slab of planes, small enough to stay in the cache.
 * Everything stays as it lies, channels before voxels: whole rows of dy are gathered, and onnxruntime takes the
 * transposed operand into its product. Measured beside other forms in bench/weight-gradient.ts
 * (docs/decisions/0007-how-the-weight-gradient-is-computed.md).
 *
 * On a GPU a matrix product gives each tile of its result to one group of threads, and 216 × 72 numbers are few tiles:
 * there every plane is a product of its own, all at once, and the sum over planes comes after.
 */
import type { backend_util } from '@tensorflow/tfjs-core'
import type { GraphBuilder } from '../graph.ts'
import { firstForm, lastForm, type Traced } from '../value.ts'
import type { KernelCall } from './kernel.ts'

type Five = [number, number, number, number, number]
type Info = ReturnType<typeof backend_util.computeConv3DInfo>

/** Most bytes that the shifted dy of one slab may take: what stays in a cache, what any WebGPU device can bind. */
const SLAB_BYTES = { cpu: 12 * 2 ** 20, gpu: 128 * 2 ** 20 } as const

/** dW [kd, kh, kw, Ci, Co] for x [N, D, H, W, Ci] and dy [N, D, H, W, Co]. */
export function sameWeightGradient(call: KernelCall, x: Traced, dy: Traced, info: Info): Traced {
  const { graph, target } = call
  const [kd, kh, kw] = [info.filterDepth, info.filterHeight, info.filterWidth]
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const planes = Math.max(1, Math.floor(SLAB_BYTES[target] / (4 * n * co * kd * kh * h * w)))
  const products = target === 'cpu' ? slabProducts(call, x, dy, info) : planeProducts(call, x, dy, info)
  const slabs: string[] = []
  const size = target === 'cpu' && kd * kh === 1 ? d : planes
  for (let from = 0; from < d; from += size) slabs.push(products(from, Math.min(d, from + size)))
  // [N or N · D, Co·kd·kh, kw·Ci]
  const all = slabs.length === 1 ? slabs[0]! : graph.node('Concat', slabs, { axis: 0 })
  const isSum = (target === 'cpu' ? n * slabs.length : n * d) === 1
  const sum = isSum ? all : graph.node('ReduceSum', [all, graph.ints([0])], { keepdims: 0 })
  const last = graph.node('Transpose', [reshape(graph, sum, [co, kd * kh * kw * ci])], { perm: [1, 0] })
  return { shape: [...info.filterShape], type: 'float32', forms: { last: reshape(graph, last, [...info.filterShape]) } }
}

/** What makes the product, or the products, of the planes `from` … `to`. */
type Products = (from: number, to: number) => string

/** One product a sample: [N, Co·kd·kh, kw·Ci]. */
function slabProducts({ graph }: KernelCall, x: Traced, dy: Traced, info: Info): Products {
  const [kd, kh, kw] = [info.filterDepth, info.filterHeight, info.filterWidth]
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const columns = columnShifts(graph, firstForm(graph, x), kw)
  const rows = paddedRows(graph, firstForm(graph, dy), [n, co, d, h, w], [kd, kh])
  return (from, to) => {
    const voxels = (to - from) * h * w
    const cut = columns.map((name) => window(graph, name, 2, from, to, d))
    const xs = reshape(graph, kw === 1 ? cut[0]! : graph.node('Concat', cut, { axis: 1 }), [n, kw * ci, voxels])
    const ys = reshape(graph, rowShifts(graph, rows, [from, to, h], [kd, kh]), [n, co * kd * kh, voxels])
    // onnxruntime fuses the transpose into the product.
    return graph.node('MatMul', [ys, graph.node('Transpose', [xs], { perm: [0, 2, 1] })])
  }
}

/** One product a plane and sample: [N · planes, Co·kd·kh, kw·Ci]. */
function planeProducts({ graph }: KernelCall, x: Traced, dy: Traced, info: Info): Products {
  const [kd, kh, kw] = [info.filterDepth, info.filterHeight, info.filterWidth]
  const [n, d, h, w, ci] = x.shape as Five
  const co = dy.shape[4]!
  const half = (kw - 1) / 2
  const columns =
    kw === 1
      ? lastForm(graph, x)
      : graph.node('Pad', [lastForm(graph, x), graph.ints([0, 0, 0, half, 0, 0, 0, 0, half, 0])])
  const [deep, high] = [d + kd - 1, h + kh - 1]
  const padded = paddedRows(graph, firstForm(graph, dy), [n, co, d, h, w], [kd, kh])
  const rows = reshape(graph, padded, [n, co * deep * high, w])
  return (from, to) => {
    const cut = window(graph, columns, 1, from, to, d)
    const shifts = Array.from({ length: kw }, (_, k) => window(graph, cut, 3, k, k + w, w + kw - 1))
    const xs = kw === 1 ? cut : graph.node('Concat', shifts, { axis: 4 })
    // plane, channel, shift, row: the order of the products, straight from where dy lies
    const index = new Int32Array((to - from) * co * kd * kh * h)
    let at = 0
    for (let plane = from; plane < to; plane++)
      for (let c = 0; c < co; c++)
        for (let k = 0; k < kd * kh; k++)
          for (let row = 0; row < h; row++) {
            const z = plane + kd - 1 - Math.floor(k / kh)
            index[at++] = (c * deep + z) * high + kh - 1 - (k % kh) + row
          }
    const ys = graph.node('Gather', [rows, graph.constant('int32', [index.length], index)], { axis: 1 })
    const products = n * (to - from)
    return graph.node('MatMul', [
      reshape(graph, ys, [products, co * kd * kh, h * w]),
      reshape(graph, xs, [products, h * w, kw * ci]),
    ])
  }
}

function reshape(graph: GraphBuilder, name: string, shape: number[]): string {
  return graph.node('Reshape', [name, graph.ints(shape)])
}

/** `from` … `to` of an axis of `size`. */
function window(graph: GraphBuilder, name: string, axis: number, from: number, to: number, size: number): string {
  if (to - from === size) return name
  return graph.node('Slice', [name, graph.ints([from]), graph.ints([to]), graph.ints([axis])])
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

/**
 * Forms of the weight gradient of a 3×3×3 convolution, beside the forward convolution, in one run.
 *   node bench/weight-gradient.ts [channels] [side]     prints JSON: best ms and GFLOP/s a form
 * What was learned: docs/decisions/0007-how-the-weight-gradient-is-computed.md
 */
import { backend_util } from '@tensorflow/tfjs-core'
import { float32, type openRuntime, openRuntimeFromBytes } from '../training/compile/runtime.ts'
import { createGraph, type GraphBuilder } from '../training/compile/trace/graph.ts'
import { sameWeightGradient } from '../training/compile/trace/kernels/weight-gradient.ts'
import { encodeOnnx } from '../training/compile/trace/onnx.ts'
import type { Traced } from '../training/compile/trace/value.ts'

const [C, S] = [Number(process.argv[2] ?? 32), Number(process.argv[3] ?? 48)]
const V = S ** 3
const flop = 2 * 27 * C * C * V
const shape = [1, C, S, S, S]
const RUNS = 6
const NINE = [2, 1, 0].flatMap((d) => [2, 1, 0].map((h) => [d, h] as const))

const slice = (g: GraphBuilder, x: string, starts: number[], axes: number[]) =>
  g.node('Slice', [x, g.ints(starts), g.ints(starts.map((start) => start + S)), g.ints(axes)])
const reshape = (g: GraphBuilder, x: string, to: number[]) => g.node('Reshape', [x, g.ints(to)])
const transpose = (g: GraphBuilder, x: string, perm: number[]) => g.node('Transpose', [x], { perm })
const sumOf = (g: GraphBuilder, x: string) => g.node('ReduceSum', [x, g.ints([0])], { keepdims: 0 })

/** x [3C, D, H, W]: its three shifts along W. */
function columns(g: GraphBuilder): string {
  const shifts = [1, 0, -1].map((k) => (k === 0 ? 'x' : g.node('Pad', ['x', g.ints([0, 0, 0, 0, k, 0, 0, 0, 0, -k])])))
  return g.node('Concat', shifts, { axis: 1 })
}

function columnPlanes(g: GraphBuilder): string {
  return transpose(g, reshape(g, columns(g), [3 * C, S, S * S]), [1, 0, 2])
}

/** dy [C, 9, D·H, W]: its nine shifts along D and H, whole rows gathered. */
function gatheredRows(g: GraphBuilder): string {
  const padded = g.node('Pad', ['dy', g.ints([0, 0, 1, 1, 0, 0, 0, 1, 1, 0])])
  const index = NINE.flatMap(([d, h]) =>
    Array.from({ length: S * S }, (_, row) => (d + Math.floor(row / S)) * (S + 2) + h + (row % S)),
  )
  const rows = reshape(g, padded, [1, C, (S + 2) ** 2, S])
  return g.node('Gather', [rows, g.constant('int32', [9, S * S], index)], { axis: 2 })
}

/** dy [9C, D, H, W], cut nine times and joined. */
function joinedCuts(g: GraphBuilder): string {
  const padded = g.node('Pad', ['dy', g.ints([0, 0, 1, 1, 0, 0, 0, 1, 1, 0])])
  const cuts = NINE.map(([d, h]) => slice(g, padded, [d, h], [2, 3]))
  return g.node('Concat', cuts, { axis: 1 })
}

/** dy channels-last, padded along D and H. */
function rowsLast(g: GraphBuilder): string {
  return g.node('Pad', [transpose(g, reshape(g, 'dy', [C, S, S, S]), [1, 2, 3, 0]), g.ints([1, 1, 0, 0, 1, 1, 0, 0])])
}

type Form = (g: GraphBuilder) => { name: string; shape: number[] }
const wide = [3 * C, 9 * C]
const BATCHES = { transB: 1, transBatchA: 1, transBatchB: 1 }

const FORMS: Readonly<Record<string, Form>> = {
  'forward convolution': (g) => ({ name: g.node('Conv', ['x', 'w'], { pads: [1, 1, 1, 1, 1, 1] }), shape }),
  'x as 3C, dy as 9C, both transposed to depth planes': (g) => {
    const rows = transpose(g, reshape(g, joinedCuts(g), [9 * C, S, S * S]), [1, 2, 0])
    return { name: sumOf(g, g.node('MatMul', [columnPlanes(g), rows])), shape: wide }
  },
  'the same, dy channels-last': (g) => {
    const cuts = NINE.map(([d, h]) => slice(g, rowsLast(g), [d, h], [0, 1]))
    const rows = reshape(g, g.node('Concat', cuts, { axis: 3 }), [S, S * S, 9 * C])
    return { name: sumOf(g, g.node('MatMul', [columnPlanes(g), rows])), shape: wide }
  },
  'the same, nine products': (g) => {
    const [x, y] = [columnPlanes(g), rowsLast(g)]
    const products = NINE.map(([d, h]) =>
      sumOf(g, g.node('MatMul', [x, reshape(g, slice(g, y, [d, h], [0, 1]), [S, S * S, C])])),
    )
    return { name: g.node('Concat', products, { axis: 1 }), shape: wide }
  },
  'no transposes: x · dyᵀ, dy cut nine times': (g) => {
    const y = transpose(g, reshape(g, joinedCuts(g), [9 * C, V]), [1, 0])
    return { name: g.node('MatMul', [reshape(g, columns(g), [3 * C, V]), y]), shape: wide }
  },
  'no transposes: x · dyᵀ, rows gathered': (g) => {
    const y = transpose(g, reshape(g, gatheredRows(g), [9 * C, V]), [1, 0])
    return { name: g.node('MatMul', [reshape(g, columns(g), [3 * C, V]), y]), shape: wide }
  },
  'no transposes: dy · xᵀ, rows gathered': (g) => {
    const x = transpose(g, reshape(g, columns(g), [3 * C, V]), [1, 0])
    return { name: g.node('MatMul', [reshape(g, gatheredRows(g), [9 * C, V]), x]), shape: [9 * C, 3 * C] }
  },
  'FusedMatMul by depth planes (cpu only)': (g) => {
    const [y, x] = [reshape(g, gatheredRows(g), [9 * C, S, S * S]), reshape(g, columns(g), [3 * C, S, S * S])]
    return { name: sumOf(g, g.node('FusedMatMul', [y, x], BATCHES, 'com.microsoft')), shape: [9 * C, 3 * C] }
  },
  'as training does it: dy · xᵀ, rows gathered, in slabs': (g) => {
    const info = backend_util.computeConv3DInfo([1, S, S, S, C], [3, 3, 3, C, C], 1, 1, 'same')
    const lying = (first: string): Traced => ({ shape: [1, S, S, S, C], type: 'float32', forms: { first } })
    const dw = sameWeightGradient({ graph: g, target: 'cpu', inputs: {}, attrs: {} }, lying('x'), lying('dy'), info)
    return { name: dw.forms.last!, shape: [3, 3, 3, C, C] }
  },
}

const random = (length: number) => Float32Array.from({ length }, () => Math.random() - 0.5)
const feeds: Record<string, ReturnType<typeof float32>> = {
  x: float32(random(C * V), shape),
  dy: float32(random(C * V), shape),
  w: float32(random(27 * C * C), [C, C, 3, 3, 3]),
}

async function measure(form: string, runtime: Awaited<ReturnType<typeof openRuntime>>): Promise<void> {
  const used = Object.fromEntries(runtime.inputNames.map((name) => [name, feeds[name]!]))
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now()
    await runtime.run(used)
    best = Math.min(best, performance.now() - started)
  }
  await runtime.close()
  const gflops = Math.round(flop / best / 1e6)
  console.log(JSON.stringify({ form, channels: C, side: S, ms: Number(best.toFixed(1)), gflops }))
}

for (const [form, build] of Object.entries(FORMS)) {
  const graph = createGraph()
  for (const [name, tensor] of Object.entries(feeds)) graph.input({ name, type: 'float32', shape: tensor.dims })
  const finished = graph.finish([{ ...build(graph), type: 'float32' }])
  await measure(form, await openRuntimeFromBytes(encodeOnnx(finished), 'cpu'))
}

/**
 * Forms of the weight gradient of a 3×3×3 convolution, beside the forward convolution, in one run.
 *   node bench/weight-gradient.ts [channels side]     prints JSON: ms and GFLOP/s a form
 * What was learned: docs/decisions/0007-how-the-weight-gradient-is-computed.md
 */
import { float32, openRuntime } from '../training/runtime.ts'
import { createGraph, type GraphBuilder } from '../training/trace/graph.ts'

const [C, S] = [Number(process.argv[2] ?? 32), Number(process.argv[3] ?? 48)]
const flop = 2 * 27 * C * C * S ** 3
const shape = [1, C, S, S, S]
const RUNS = 6

function slice(g: GraphBuilder, x: string, starts: number[], sizes: number[], axes: number[]): string {
  const ends = starts.map((start, i) => start + sizes[i]!)
  return g.node('Slice', [x, g.ints(starts), g.ints(ends), g.ints(axes)])
}

function reshape(g: GraphBuilder, x: string, to: number[]): string {
  return g.node('Reshape', [x, g.ints(to)])
}

/** x as [D, 3C, H·W]: its three shifts along W. */
function xPlanes(g: GraphBuilder): string {
  const padded = g.node('Pad', ['x', g.ints([0, 0, 0, 0, 1, 0, 0, 0, 0, 1])])
  const shifts = g.node(
    'Concat',
    [0, 1, 2].map((k) => slice(g, padded, [k], [S], [4])),
    { axis: 1 },
  )
  return g.node('Transpose', [reshape(g, shifts, [3 * C, S, S * S])], { perm: [1, 0, 2] })
}

const NINE = [2, 1, 0].flatMap((d) => [2, 1, 0].map((h) => [d, h] as const))

function sumOverPlanes(g: GraphBuilder, a: string, b: string): string {
  return g.node('ReduceSum', [g.node('MatMul', [a, b]), g.ints([0])], { keepdims: 0 })
}

/** dy channels-last, padded along D and H. */
function yLast(g: GraphBuilder): string {
  const last = g.node('Transpose', [reshape(g, 'dy', [C, S, S, S])], { perm: [1, 2, 3, 0] })
  return g.node('Pad', [last, g.ints([1, 1, 0, 0, 1, 1, 0, 0])])
}

const FORMS: Readonly<Record<string, (g: GraphBuilder) => { name: string; shape: number[] }>> = {
  'forward convolution': (g) => ({ name: g.node('Conv', ['x', 'w'], { pads: [1, 1, 1, 1, 1, 1] }), shape }),
  'split shifts, one product a depth plane': (g) => {
    const padded = g.node('Pad', ['dy', g.ints([0, 0, 1, 1, 0, 0, 0, 1, 1, 0])])
    const shifts = g.node(
      'Concat',
      NINE.map(([d, h]) => slice(g, padded, [d, h], [S, S], [2, 3])),
      { axis: 1 },
    )
    const planes = g.node('Transpose', [reshape(g, shifts, [9 * C, S, S * S])], { perm: [1, 2, 0] })
    return { name: sumOverPlanes(g, xPlanes(g), planes), shape: [3 * C, 9 * C] }
  },
  'split shifts, channels-last concatenation': (g) => {
    const y = yLast(g)
    const shifts = g.node(
      'Concat',
      NINE.map(([d, h]) => slice(g, y, [d, h], [S, S], [0, 1])),
      { axis: 3 },
    )
    return { name: sumOverPlanes(g, xPlanes(g), reshape(g, shifts, [S, S * S, 9 * C])), shape: [3 * C, 9 * C] }
  },
  'split shifts, nine products': (g) => {
    const [x, y] = [xPlanes(g), yLast(g)]
    const products = NINE.map(([d, h]) =>
      sumOverPlanes(g, x, reshape(g, slice(g, y, [d, h], [S, S], [0, 1]), [S, S * S, C])),
    )
    return { name: g.node('Concat', products, { axis: 1 }), shape: [3 * C, 9 * C] }
  },
}

const random = (length: number) => Float32Array.from({ length }, () => Math.random() - 0.5)
const volume = shape.reduce((a, b) => a * b, 1)
const feeds = {
  x: float32(random(volume), shape),
  dy: float32(random(volume), shape),
  w: float32(random(27 * C * C), [C, C, 3, 3, 3]),
}
for (const [form, build] of Object.entries(FORMS)) {
  const graph = createGraph()
  for (const [name, tensor] of Object.entries(feeds)) graph.input({ name, type: 'float32', shape: tensor.dims })
  const output = build(graph)
  const finished = graph.finish([{ ...output, type: 'float32' }])
  const runtime = await openRuntime(finished, 'cpu')
  const used = Object.fromEntries(finished.inputs.map(({ name }) => [name, feeds[name as keyof typeof feeds]]))
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now()
    await runtime.run(used)
    best = Math.min(best, performance.now() - started)
  }
  await runtime.close()
  console.log(
    JSON.stringify({ form, channels: C, side: S, ms: Math.round(best), gflops: Math.round(flop / best / 1e6) }),
  )
}

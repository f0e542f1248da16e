/**
 * A 3×3×3 convolution of a sum of 1×1×1 convolutions is one 3×3×3 convolution of their inputs beside each other, where these
 * have no more channels than the sum: what lies in between is never written. Their biases come in as a channel of ones, since
 * the padding around it is zero where that around a sum with a bias is, too. Standard ONNX, batch 1.
 */
import type { OnnxGraph } from '../trace/onnx.ts'
import { type KnownConv, knownConv } from './convs.ts'
import { applyRewrite, type Rewrite, type Weights } from './pattern.ts'

const rewrite: Rewrite = (node, around, patch) => {
  const outer = knownConv(node, around, 3)
  const sum = outer && around.maker(outer.x, 'Add')
  const shape = outer && around.shape(outer.x)
  if (sum === undefined || shape?.[0] !== 1 || around.readers(outer!.x) !== 1) return undefined
  const inner = sum.inputs.map((value) => knownConv(around.maker(value, 'Conv'), around, 1))
  if (inner.some((conv) => conv === undefined)) return undefined
  const parts = inner as KnownConv[]
  const channels = parts.map(({ filter }) => filter.shape[1]!)
  const hasBias = parts.some(({ bias }) => bias !== undefined)
  const all = channels.reduce((total, count) => total + count, hasBias ? 1 : 0)
  if (all > shape[1]!) return undefined
  const ones = () => patch.node('Expand', [patch.weights(one), patch.ints([1, 1, ...shape.slice(2)])])
  const beside = patch.node('Concat', [...parts.map(({ x }) => x), ...(hasBias ? [ones()] : [])], { axis: 1 })
  const filter = merged(outer!.filter, columnsOf(parts, shape[1]!, hasBias))
  return patch.node('Conv', [beside, patch.weights(filter), ...node.inputs.slice(2)], node.attributes)
}

const one: Weights = { shape: [1, 1, 1, 1, 1], values: Float32Array.of(1) }

/** What each new channel adds to each of the `middle` channels of the sum. */
function columnsOf(parts: readonly KnownConv[], middle: number, hasBias: boolean): number[][] {
  const columns = parts.flatMap(({ filter: { shape, values } }) =>
    Array.from({ length: shape[1]! }, (_, channel) =>
      Array.from({ length: middle }, (__, m) => values[m * shape[1]! + channel]!),
    ),
  )
  if (!hasBias) return columns
  const biases = Array.from({ length: middle }, (_, m) =>
    parts.reduce((sum, { bias }) => sum + (bias === undefined ? 0 : bias.values[m]!), 0),
  )
  return [...columns, biases]
}

/** filter'[o, n, tap] = Σ_m filter[o, m, tap] · column_n[m] */
function merged({ shape, values }: Weights, columns: readonly (readonly number[])[]): Weights {
  const [outputs, middle, ...kernel] = shape as [number, number, number, number, number]
  const taps = kernel.reduce((product, size) => product * size, 1)
  const result = new Float32Array(outputs * columns.length * taps)
  for (let o = 0; o < outputs; o++) {
    for (const [n, column] of columns.entries()) {
      for (let tap = 0; tap < taps; tap++) {
        let sum = 0
        for (let m = 0; m < middle; m++) sum += values[(o * middle + m) * taps + tap]! * column[m]!
        result[(o * columns.length + n) * taps + tap] = sum
      }
    }
  }
  return { shape: [outputs, columns.length, ...kernel], values: result }
}

export function mergePointwise(graph: OnnxGraph): OnnxGraph {
  return applyRewrite(graph, 'Merged', rewrite)
}

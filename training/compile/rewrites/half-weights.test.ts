/** Weights in float16: rounded as JavaScript's own Float16Array rounds, read back as float32, and left alone where they do not fit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../random.ts'
import { float32, openRuntimeFromBytes } from '../runtime.ts'
import { createGraph } from '../trace/graph.ts'
import { encodeOnnx, type OnnxGraph } from '../trace/onnx.ts'
import { halfWeights, toHalves } from './half-weights.ts'

const Float16Array = Reflect.get(globalThis, 'Float16Array') as new (
  values: ArrayLike<number> | ArrayBufferLike,
) => ArrayLike<number> & ArrayBufferView

test('numbers are rounded as a Float16Array rounds them, of two that are as near to the even one', () => {
  const random = seededRandom(8)
  const drawn = Array.from({ length: 20_000 }, () => random.normal() * 2 ** (random.int(40) - 26))
  const halves = Array.from(new Float16Array(Uint16Array.from({ length: 0x7bff }, (_, at) => at).buffer))
  const middles = halves.slice(1).map((value, at) => (value + halves[at]!) / 2)
  const edges = [0, -0, 65504, -65504, 2 ** -14, 2 ** -24, 2 ** -25, 2 ** -25 + 2 ** -40, 2 ** -30]
  const values = Float32Array.from([...drawn, ...halves, ...middles, ...middles.map((value) => -value), ...edges])
  const held = values.filter((value) => Math.abs(value) <= 65504)
  assert.ok(held.length > 100_000)
  assert.deepEqual(toHalves(held), new Uint16Array(new Float16Array(held).buffer))
})

/** x · w, w [2, 512], and what `w` is made of. */
function product(weights: Float32Array): OnnxGraph {
  const graph = createGraph()
  graph.input({ name: 'x', type: 'float32', shape: [1, 2] })
  graph.name(graph.node('MatMul', ['x', graph.constant('float32', [2, 512], weights)]), 'y')
  return graph.finish([{ name: 'y', type: 'float32', shape: [1, 512] }])
}

/** x picks the first row. */
async function firstRow(graph: OnnxGraph): Promise<number[]> {
  const runtime = await openRuntimeFromBytes(encodeOnnx(graph), 'cpu', 1)
  const { y } = await runtime.run({ x: float32(Float32Array.of(1, 0), [1, 2]) })
  await runtime.close()
  return Array.from(y!.data as Float32Array)
}

const drawn = (scale: number) => {
  const random = seededRandom(4)
  return Float32Array.from({ length: 1024 }, () => scale * random.normal())
}

test('the graph computes with the rounded weights, and its file is half as large', async () => {
  const weights = drawn(1)
  const { graph, kept } = halfWeights(product(weights))
  assert.deepEqual(kept, [])
  const [before, after] = [product(weights), graph].map((each) => encodeOnnx(each).length) as [number, number]
  assert.ok(before - after > 2000, `${before} bytes became ${after}`)
  assert.deepEqual(await firstRow(graph), Array.from(new Float16Array(weights.subarray(0, 512))))
})

for (const [what, scale] of [
  ['beyond the largest half', 1e5],
  ['below the smallest with all its digits', 1e-6],
] as const) {
  test(`weights ${what} stay float32, and are named`, async () => {
    const weights = drawn(scale)
    const { graph, kept } = halfWeights(product(weights))
    assert.deepEqual(
      kept,
      graph.initializers.map(({ name }) => name),
    )
    assert.deepEqual(await firstRow(graph), Array.from(weights.subarray(0, 512)))
  })
}

test('a bias, a scalar and whole numbers stay as they are', () => {
  const graph = createGraph()
  graph.input({ name: 'x', type: 'float32', shape: [1, 8] })
  const biased = graph.node('Add', ['x', graph.constant('float32', [8], [1, 2, 3, 4, 5, 6, 7, 8.5])])
  graph.name(graph.node('Gather', [biased, graph.constant('int32', [600], new Int32Array(600))], { axis: 1 }), 'y')
  const whole = graph.finish([{ name: 'y', type: 'float32', shape: [1, 600] }])
  assert.deepEqual(halfWeights(whole), { graph: whole, kept: [] })
})

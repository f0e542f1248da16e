import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { quantize } from '../quantize/quantize.ts'
import { rangeOf } from '../quantize/ranges.ts'
import { candidates, watch } from '../quantize/watched.ts'
import { seededRandom } from '../random.ts'
import { float32, openRuntimeFromBytes } from '../runtime.ts'
import { encodeOnnx, type OnnxGraph } from '../trace/onnx.ts'
import { trace } from '../trace/trace.ts'
import { forInference } from './for-inference.ts'
import { type ConvRange, convolveInWholeNumbers } from './int8-convs.ts'

before(() => tf.setBackend('cpu'))

const EDGE = 4

/** A padded 3×3×3 convolution [3, 3, 3, I, O], as it is run. */
async function convolution(filter: tf.Tensor5D): Promise<OnnxGraph> {
  const shape = [1, EDGE, EDGE, EDGE, filter.shape[3]]
  return forInference(
    await trace(({ x }) => ({ y: tf.conv3d(x as tf.Tensor5D, filter, 1, 'same') }), { inputs: { x: shape } }),
  )
}

async function run(graph: OnnxGraph, x: Float32Array): Promise<Float32Array> {
  const runtime = await openRuntimeFromBytes(encodeOnnx(graph), 'cpu', 1)
  const { y } = await runtime.run({ x: float32(x, graph.inputs[0]!.shape) })
  await runtime.close()
  return y!.data as Float32Array
}

const outputOf = (graph: OnnxGraph) => graph.nodes.find(({ op }) => op === 'Conv')!.outputs[0]!

test('values that whole numbers can say come out exactly, each channel by its own steps', async () => {
  // One tap: output 0 is 4 · channel 0 − 63 · channel 1, output 1 half of that; in steps of 0.5 and 2 of the two channels.
  const taps = new Float32Array(27 * 4)
  taps.set([8, 4, -31.5, -15.75], 13 * 4)
  const graph = await convolution(tf.tensor5d(taps, [3, 3, 3, 2, 2]))
  const range: ConvRange = {
    inputStep: Float32Array.of(0.5, 2),
    inputZero: 3,
    outputSpread: Float32Array.of(2, 1),
    outputStep: 1,
    outputZero: 128,
  }
  const x = new Float32Array(2 * EDGE ** 3)
  x.set([0, 0.5, 10, -1.5], 0)
  x.set([0, 0, 4, 4], EDGE ** 3)
  const found = await run(convolveInWholeNumbers(graph, new Map([[outputOf(graph), range]])), x)
  assert.deepEqual([...found.subarray(0, 4)], [0, 4, 80 - 126, -12 - 126])
  assert.deepEqual([...found.subarray(EDGE ** 3, EDGE ** 3 + 4)], [0, 2, 40 - 63, -6 - 63])
})

test('drawn values are off by a small share of the spread of their channel', async () => {
  const random = seededRandom(3)
  const filter = tf.tensor5d(
    Float32Array.from({ length: 27 * 12 }, () => random.normal()),
    [3, 3, 3, 4, 3],
  )
  const graph = await convolution(filter)
  const x = Float32Array.from(
    { length: 4 * EDGE ** 3 },
    (_, at) => (1 + Math.floor(at / EDGE ** 3)) * Math.max(-0.1, random.normal()),
  )
  const expected = await run(graph, x)
  const channels = (values: Float32Array, count: number) =>
    Array.from({ length: count }, (_, c) => values.slice(c * EDGE ** 3, (c + 1) * EDGE ** 3))
  const range = rangeOf({ input: channels(x, 4), output: channels(expected, 3) })
  const found = await run(convolveInWholeNumbers(graph, new Map([[outputOf(graph), range]])), x)
  assert.notDeepEqual(found, expected)
  for (const [c, values] of channels(expected, 3).entries()) {
    const off = channels(found, 3)[c]!.map((value, at) => value - values[at]!)
    const error = Math.hypot(...off) / Math.sqrt(off.length) / range.outputSpread[c]!
    assert.ok(error < 0.03, `channel ${c}: ${error}`)
  }
})

/** Enough voxels to watch: one in 13 is. */
const CHAINED = [32, 32, 32]

/** Two convolutions [3, 3, 3, 4, 4] with biases, a leaky ReLU behind each. */
async function chain(): Promise<OnnxGraph> {
  const random = seededRandom(8)
  const drawn = (shape: number[]) =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 0.2 * random.normal()),
      shape,
    )
  const layers = [0, 1].map(() => [drawn([3, 3, 3, 4, 4]), drawn([4])] as const)
  const program = ({ x }: Record<string, tf.Tensor>) => ({
    y: layers.reduce(
      (value, [filter, bias]) =>
        tf.leakyRelu(
          tf.add(tf.conv3d(value as tf.Tensor5D, filter as tf.Tensor5D, 1, 'same'), tf.reshape(bias, [1, 1, 1, 1, 4])),
          0.01,
        ),
      x!,
    ),
  })
  return forInference(await trace(program, { inputs: { x: [1, ...CHAINED, 4] } }))
}

test('convolutions with a bias that follow each other through a leaky ReLU stay in bytes, close to what they stand for', async () => {
  const graph = await chain()
  const convs = candidates(graph, 4)
  assert.deepEqual(
    convs.map(({ inputs }) => inputs.length),
    [3, 3],
  )
  const random = seededRandom(9)
  const x = Float32Array.from({ length: 4 * 32 ** 3 }, () => random.normal())
  const watched = await watch(graph, convs, [x])
  for (const { range, error } of watched) {
    // fewer of the 255 steps are for what the leaky ReLU makes small
    assert.ok(range.outputZero < 128, `${range.outputZero}`)
    assert.ok(error < 0.02, `${error}`)
  }
  const whole = convolveInWholeNumbers(graph, new Map(watched.map(({ conv, range }) => [conv.outputs[0]!, range])))
  const ops = whole.nodes.map(({ op }) => op)
  assert.deepEqual(
    ['QuantizeLinear', 'QLinearConv', 'DequantizeLinear', 'LeakyRelu'].map((op) => ops.filter((o) => o === op).length),
    [2, 2, 2, 2],
  )
  const steps = new Set(whole.nodes.filter(({ op }) => op === 'DequantizeLinear').map(({ inputs }) => inputs[1]))
  const shapes = whole.initializers.filter(({ name }) => steps.has(name)).map(({ shape }) => shape.length)
  // one step for all channels between the two, as onnxruntime's table asks for
  assert.deepEqual(shapes.sort(), [0, 1])
  const [expected, found] = [await run(graph, x), await run(whole, x)]
  const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)
  const [spread, off] = [rms(expected), rms(found.map((value, at) => value - expected[at]!))]
  assert.ok(off > 0 && off < 0.05 * spread, `${off} of ${spread}`)
})

test('a network without inner convolutions is not made whole', async () => {
  const graph = await convolution(tf.ones([3, 3, 3, 2, 2]))
  await assert.rejects(quantize(graph, [new Float32Array(2 * EDGE ** 3)]), /gains by whole numbers/)
})

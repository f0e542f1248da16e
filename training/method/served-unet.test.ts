/** A U-Net with all that the rewrites look for, beside tfjs itself; and what they must leave alone. */
import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { channelsFirst } from '../../src/network/channel-order.ts'
import { seededRandom } from '../compile/random.ts'
import { forInference } from '../compile/rewrites/for-inference.ts'
import { float32, openRuntimeFromBytes } from '../compile/runtime.ts'
import { encodeOnnx, type OnnxGraph } from '../compile/trace/onnx.ts'
import { trace } from '../compile/trace/trace.ts'
import { buildUnet, type UnetSpec } from './unet.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(5)
const EDGE = 8

/** Every weight drawn, biases too, which start at 0. */
function drawnUnet(refine: number) {
  // more channels than are widened
  const spec: UnetSpec = { stem: 2, channels: [12, 16], convolutions: 1, refine }
  const model = buildUnet(spec, { patch: [EDGE, EDGE, EDGE], channels: 2, labels: 3 }, 1)
  model.setWeights(
    model.getWeights().map(({ shape }) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 0.3 * random.normal()),
        shape,
      ),
    ),
  )
  return model
}

const traced = (model: ReturnType<typeof drawnUnet>): Promise<OnnxGraph> =>
  trace(({ image }) => ({ logits: model.apply(image!) as tf.Tensor }), { inputs: { image: [1, EDGE, EDGE, EDGE, 2] } })

const kernels = ({ nodes }: OnnxGraph) =>
  nodes.filter(({ op }) => op === 'Conv').map(({ attributes }) => (attributes['kernel_shape'] as number[]).join(''))

function inFirstOrder(values: Float32Array, channels: number): Float32Array {
  const first = new Float32Array(values.length)
  channelsFirst(values, channels, first)
  return first
}

test('a U-Net that is only run says what tfjs says, at the rim of the patch too, with its channels first', async () => {
  const model = drawnUnet(6)
  const graph = forInference(await traced(model))
  assert.deepEqual(graph.inputs[0]!.shape, [1, 2, EDGE, EDGE, EDGE])
  assert.deepEqual(graph.outputs[0]!.shape, [1, 3, EDGE, EDGE, EDGE])
  const image = Float32Array.from({ length: 2 * EDGE ** 3 }, () => random.normal())
  const runtime = await openRuntimeFromBytes(encodeOnnx(graph), 'cpu', 1)
  const found = await runtime.run({ image: float32(inFirstOrder(image, 2), graph.inputs[0]!.shape) })
  await runtime.close()
  const direct = (model.predict(tf.tensor(image, [1, EDGE, EDGE, EDGE, 2])) as tf.Tensor).dataSync() as Float32Array
  const scale = Math.max(...direct.map(Math.abs))
  for (const [at, value] of inFirstOrder(direct, 3).entries())
    assert.ok(Math.abs((found['logits']!.data as Float32Array)[at]! - value) < 1e-5 * scale, `at ${at}`)
})

test('the steps between levels are strided convolutions, and the last stage is one of four voxels at once', async () => {
  const [plain, rewritten] = [await traced(drawnUnet(6)), forInference(await traced(drawnUnet(6)))]
  // two 1×1×1 convolutions are part of the refining one, the one on the way down of the strided one
  assert.deepEqual([...kernels(plain)].sort(), ['111', '111', '111', '111', '111', '111', '333', '333', '333', '333'])
  assert.deepEqual([...kernels(rewritten)].sort(), ['111', '111', '111', '222', '333', '333', '333', '443'])
  assert.ok(!rewritten.nodes.some(({ op, inputs }) => op === 'Transpose' && inputs[0] === 'image'))
  assert.ok(!rewritten.nodes.some(({ op, outputs }) => op === 'Transpose' && outputs[0] === 'logits'))
})

test('a sum of fewer channels than its parts together stays a sum', async () => {
  // 3 logits, 2 channels and one of ones are more than 5
  const rewritten = forInference(await traced(drawnUnet(5)))
  assert.equal(kernels(rewritten).filter((kernel) => kernel === '111').length, 5)
})

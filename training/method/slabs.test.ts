/** Networks with fixed norms, as they are served: in slabs, with open sides, and what fixing their norms keeps. */
import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { channelsFirst, channelsLast } from '../../src/network/channel-order.ts'
import { INPUT, OUTPUT, openServedGraph, servedGraph } from '../compile/export.ts'
import { seededRandom } from '../compile/random.ts'
import { float32, openRuntimeFromBytes } from '../compile/runtime.ts'
import { encodeOnnx, type OnnxGraph } from '../compile/trace/onnx.ts'
import { forwardInSlabs } from './slabs.ts'
import { buildUnet, type UnetSpec } from './unet.ts'

before(() => tf.setBackend('cpu'))

const SPEC: UnetSpec = { stem: 2, channels: [12, 16], convolutions: 1, refine: 6, norm: 'fixed' }
type Patch = readonly [number, number, number]

/** The same weights whatever the patch, biases too, which start at 0. */
function drawnUnet(patch: Patch, spec = SPEC): LayersModel {
  const random = seededRandom(5)
  const model = buildUnet(spec, { patch, channels: 2, labels: 3 }, 1)
  const drawn = (shape: readonly number[]) =>
    Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => 0.3 * random.normal())
  model.setWeights(model.getWeights().map(({ shape }) => tf.tensor(drawn(shape), shape)))
  return model
}

const inSlabs = (patch: Patch): Promise<OnnxGraph> => {
  const model = drawnUnet(patch)
  return servedGraph(model, { forward: forwardInSlabs(model) })
}

/** The served graph's logits, in the order of tfjs. */
async function served(graph: OnnxGraph, image: Float32Array, patch: Patch): Promise<Float32Array> {
  const runtime = await openRuntimeFromBytes(encodeOnnx(graph), 'cpu', 1)
  const first = new Float32Array(image.length)
  channelsFirst(image, 2, first)
  const { [OUTPUT]: logits } = await runtime.run({ [INPUT]: float32(first, [1, 2, ...patch]) })
  await runtime.close()
  const last = new Float32Array(logits!.data.length)
  channelsLast(logits!.data as Float32Array, 3, last)
  return last
}

test('one network in slabs with open sides says what tfjs says of every size, at the rims of slabs and patch too', async () => {
  const graph = await openServedGraph(inSlabs, 8)
  assert.deepEqual(graph.inputs[0]!.dims, [1, 2, 'D', 'H', 'W'])
  assert.deepEqual(graph.outputs[0]!.dims, [1, 3, 'D', 'H', 'W'])
  const random = seededRandom(7)
  for (const patch of [
    [8, 8, 8],
    [16, 8, 24],
    [24, 16, 8],
  ] as const) {
    const image = Float32Array.from({ length: 2 * tf.util.sizeFromShape([...patch]) }, () => random.normal())
    const expected = tf.tidy(() => {
      const logits = drawnUnet(patch).predict(tf.tensor(image, [1, ...patch, 2])) as tf.Tensor
      return logits.dataSync() as Float32Array
    })
    const found = await served(graph, image, patch)
    const scale = Math.max(...expected.map(Math.abs))
    for (const [at, value] of expected.entries())
      assert.ok(Math.abs(found[at]! - value) < 1e-5 * scale, `${patch}, at ${at}: ${found[at]} for ${value}`)
  }
})

test('its last stage is one of four voxels at once, with its bias, in each slab', async () => {
  const { nodes } = await inSlabs([16, 16, 16])
  const kernels = nodes.flatMap(({ op, attributes, inputs }) =>
    op === 'Conv' ? [[(attributes['kernel_shape'] as number[]).join(''), inputs.length] as const] : [],
  )
  assert.deepEqual(
    kernels.filter(([kernel]) => kernel === '443').map(([, inputs]) => inputs),
    [3, 3, 3, 3],
  )
})

test('norms of the patch cannot be taken of a slab', () => {
  const normed = drawnUnet([8, 8, 8], { ...SPEC, norm: 'patch' })
  assert.throws(() => forwardInSlabs(normed), /norms of the patch/)
})

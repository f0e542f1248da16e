/** Batch normalisation in training assigns its moving averages: what the trace makes of that. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { assertClose } from '../../../test/fixtures/traced.ts'
import { BatchNorm3D } from '../layers/rank-five-norms.ts'
import { seededRandom } from '../random.ts'
import { float32, openRuntime } from '../runtime.ts'
import { trace } from './trace.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(61)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))
const positive = (count: number) => Array.from({ length: count }, () => Math.fround(random.uniform(0.3, 2)))

test('the moving averages of a declared batch normalisation come out as its next values', async () => {
  for (const make of [
    () => tfl.layers.batchNormalization({ momentum: 0.9 }),
    () => new BatchNorm3D({ momentum: 0.9 }),
  ]) {
    const shape = make() instanceof BatchNorm3D ? [2, 1, 2, 3, 4] : [2, 2, 3, 4]
    const layer = make()
    layer.apply(tf.zeros(shape))
    const [mean, variance] = layer.nonTrainableWeights.map((weight) => weight.read() as tf.Variable)
    const program = (inputs: Record<string, tf.Tensor>) => {
      layer.apply(inputs['x']!, { training: true })
      return {}
    }
    const graph = await trace(program, { inputs: { x: shape }, variables: { mean: mean!, variance: variance! } })
    const runtime = await openRuntime(graph, 'cpu', 1)
    const x = draw(48)
    const before = { mean: draw(4), variance: positive(4) }
    const next = await runtime.run({
      x: float32(Float32Array.from(x), shape),
      mean: float32(Float32Array.from(before.mean), [4]),
      variance: float32(Float32Array.from(before.variance), [4]),
    })
    await runtime.close()
    const channels = [0, 1, 2, 3].map((c) => x.filter((_, i) => i % 4 === c))
    const means = channels.map((values) => values.reduce((a, b) => a + b, 0) / 12)
    const variances = channels.map((values, c) => values.reduce((a, b) => a + (b - means[c]!) ** 2, 0) / 12)
    const blend = (old: number[], found: number[]) => old.map((value, c) => 0.9 * value + 0.1 * found[c]!)
    assertClose(Array.from(next['mean.next']!.data as Float32Array), blend(before.mean, means), 'mean')
    assertClose(Array.from(next['variance.next']!.data as Float32Array), blend(before.variance, variances), 'variance')
  }
})

test('a moving average that is not declared is refused by its name, and keeps its value', async () => {
  const layer = tfl.layers.batchNormalization({ name: 'norm' })
  layer.apply(tf.zeros([2, 3]))
  const program = (inputs: Record<string, tf.Tensor>) => ({
    y: layer.apply(inputs['x']!, { training: true }) as tf.Tensor,
  })
  await assert.rejects(
    trace(program, { inputs: { x: [2, 3] } }),
    /variable 'norm\/moving_mean(_\d+)?' is assigned while tracing/,
  )
  const mean = layer.nonTrainableWeights[0]!.read() as tf.Variable
  assert.deepEqual(Array.from(mean.dataSync()), [0, 0, 0])
  layer.apply(tf.ones([2, 3]), { training: true })
  // 0 · 0.99 + 1 · 0.01: outside of a trace it is assigned as ever.
  assert.ok(Math.abs(mean.dataSync()[0]! - 0.01) < 1e-6)
})

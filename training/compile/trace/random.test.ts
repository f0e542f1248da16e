/** Random numbers and a trace: a draw would be frozen into the graph. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { trace } from './trace.ts'

before(() => tf.setBackend('cpu'))

const inputs = { x: [2, 3] }

const DRAWS: Readonly<Record<string, () => tf.Tensor>> = {
  randomUniform: () => tf.randomUniform([2, 3]),
  randomNormal: () => tf.randomNormal([2, 3]),
  truncatedNormal: () => tf.truncatedNormal([2, 3]),
  randomGamma: () => tf.randomGamma([2, 3], 1),
  rand: () => tf.rand([2, 3], () => 0.5),
}

for (const [name, draw] of Object.entries(DRAWS)) {
  test(`tf.${name} while tracing is refused, and told to be fed`, async () => {
    const program = (given: Record<string, tf.Tensor>) => ({ y: tf.add(given['x']!, draw()) })
    await assert.rejects(trace(program, { inputs }), new RegExp(`tf\\.${name}.*random numbers.*feed them as an input`))
  })
}

test('drawing from a distribution that the run computes is refused by its kernel', async () => {
  const program = (given: Record<string, tf.Tensor>) => ({ y: tf.multinomial(given['x'] as tf.Tensor2D, 4) })
  await assert.rejects(
    trace(program, { inputs }),
    /kernel 'Multinomial', called by tf\.multinomial.*random numbers.*feed them/,
  )
})

test('a dropout layer in training is refused by name', async () => {
  const layer = tfl.layers.dropout({ rate: 0.5 })
  const program = (given: Record<string, tf.Tensor>) => ({
    y: layer.apply(given['x']!, { training: true }) as tf.Tensor,
  })
  await assert.rejects(trace(program, { inputs }), /tf\.randomUniform, called by tf\.dropout: random numbers/)
})

test('a dropout layer outside training traces to nothing', async () => {
  const layer = tfl.layers.dropout({ rate: 0.5 })
  const graph = await trace((given) => ({ y: layer.apply(given['x']!) as tf.Tensor }), { inputs })
  assert.deepEqual(
    graph.nodes.map((node) => node.op),
    ['Identity'],
  )
})

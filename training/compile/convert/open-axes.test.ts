/** What follows the sizes of open axes, one program each: opened, and run at sizes that were never traced. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../check-runtime.ts'
import { depthToSpace, spaceToDepth } from '../layers/block3d.ts'
import { seededRandom } from '../random.ts'
import { forDevice } from '../rewrites/for-device.ts'
import { encodeOnnx } from '../trace/onnx.ts'
import { openAxes, type Sizes, shapesAt } from './axes.ts'
import { compareOn } from './compare.ts'
import { type Opened, openGraph } from './open-axes.ts'
import type { Program } from './program.ts'

before(() => tf.setBackend('cpu'))

const program = (shape: Program['inputs'][number]['shape'], run: (x: tf.Tensor) => tf.Tensor): Program => ({
  inputs: [{ name: 'x', shape, type: 'float32' }],
  outputs: ['y'],
  run: ({ x }) => ({ y: run(x!) }),
})

/** Opens what can be open and compares with tfjs at `points`. */
async function opened(of: Program, points: readonly Sizes[], fixed: Sizes = {}): Promise<Opened> {
  const made = await openGraph(of, openAxes(of), fixed)
  const runtime = await openCheckRuntime(encodeOnnx(forDevice(made.graph, 'cpu')))
  try {
    for (const point of points) {
      const sizes = made.open.includes('N') ? point : { ...point, N: 1 }
      const { largestDifference } = await compareOn(of, runtime, shapesAt(of, sizes), seededRandom(6))
      assert.ok(largestDifference <= 1e-5, `${JSON.stringify(sizes)}: ${largestDifference}`)
    }
  } finally {
    await runtime.close()
  }
  return made
}

const SEQUENCES: readonly Sizes[] = [
  { N: 1, L: 4 },
  { N: 2, L: 7 },
  { N: 5, L: 10 },
]
const GRIDS: readonly Sizes[] = [
  { N: 1, D: 4, H: 8, W: 12 },
  { N: 2, D: 8, H: 4, W: 4 },
  { N: 5, D: 4, H: 4, W: 8 },
]

const sequence = (run: (x: tf.Tensor) => tf.Tensor) => program([null, null, 3], run)
const ops = ({ graph }: Opened) => graph.nodes.map(({ op }) => op)
const outputDims = ({ graph }: Opened) => graph.outputs[0]!.dims

test('one size that moves in a Reshape is left to it', async () => {
  const made = await opened(
    sequence((x) => tf.reshape(x, [-1, 3])),
    SEQUENCES,
  )
  assert.deepEqual(ops(made), ['Reshape', 'Identity'])
  assert.equal(made.graph.inputs[0]!.dims!.join(), 'N,L,3')
})

test('two sizes that move in a Reshape are read off the input', async () => {
  const made = await opened(
    sequence((x) => tf.reshape(x, [x.shape[0], 3 * x.shape[1]!, 1])),
    SEQUENCES,
  )
  assert.deepEqual(outputDims(made), ['N', '3*L', 1])
  assert.ok(ops(made).includes('Shape'))
})

test('a product beside a size is left to the Reshape, the size is read off the input', async () => {
  const grid = program([null, null, null, 2], (x) => tf.reshape(x, [x.shape[0]! * x.shape[1]!, x.shape[2]! * 2]))
  const made = await opened(grid, GRIDS)
  assert.deepEqual(made.open, ['N', 'H', 'W'])
  assert.deepEqual(outputDims(made), ['y.0', '2*W'])
})

test('a filled tensor takes the shape of the input', async () => {
  const made = await opened(
    sequence((x) => tf.add(tf.fill(x.shape, 2), tf.mul(x, x))),
    SEQUENCES,
  )
  assert.deepEqual(outputDims(made), ['N', 'L', 3])
})

test('the end of a slice follows the end of the input', async () => {
  const made = await opened(
    sequence((x) => tf.slice(x, [0, 1, 0], [x.shape[0]!, x.shape[1]! - 3, 3])),
    SEQUENCES,
  )
  assert.deepEqual(outputDims(made), ['N', 'L-3', 3])
})

test('a network that halves its grid twice is open for multiples of four', async () => {
  const grid = program([null, null, null, null, 1], (x) => {
    const deep = spaceToDepth(tf.relu(spaceToDepth(x)))
    return tf.concat([x, depthToSpace(depthToSpace(tf.neg(deep)))], 4)
  })
  const made = await opened(grid, GRIDS)
  assert.equal(made.multipleOf, 4)
  assert.deepEqual(made.open, ['N', 'D', 'H', 'W'])
  assert.deepEqual(outputDims(made), ['N', 'D', 'H', 'W', 2])
})

test('where batch and grid cannot both stay open, the batch is fixed and the node named', async () => {
  const grid = program([null, null, null, null, 2], (x) => {
    const [n, d, h, w] = x.shape as [number, number, number, number]
    return tf.reshape(x, [n * d, h * w, 2])
  })
  const made = await opened(grid, GRIDS)
  assert.deepEqual(made.open, ['D', 'H', 'W'])
  assert.match(made.notes[0]!, /^the batch stays 1: Reshape_\d+ reads sizes \(\d+,\d+,2\) that do not follow/)
})

test('a size used as a number is not made to follow, and its node is named', async () => {
  const made = await opened(
    program([null, 3], (x) => tf.div(x, x.shape[0]!)),
    [{ N: 1 }],
  )
  assert.deepEqual(made.open, [])
  assert.match(made.notes[0]!, /^the batch stays 1: RealDiv_\d+ |^the batch stays 1: Div_\d+ /)
})

test('a program that does other things at other sizes keeps its size', async () => {
  const made = await opened(
    program([null, 3], (x) => (x.shape[0]! > 18 ? tf.neg(x) : tf.neg(tf.abs(x)))),
    [{ N: 1 }],
  )
  assert.match(made.notes[0]!, /the model does other things at another size/)
})

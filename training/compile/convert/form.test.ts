/** The forms of a file beside tfjs itself: channels first, weights in float16, another opset. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { openCheckRuntime } from '../check-runtime.ts'
import { depthToSpace, spaceToDepth } from '../layers/block3d.ts'
import { seededRandom } from '../random.ts'
import { openAxes } from './axes.ts'
import { type Checks, check, disagreement } from './check.ts'
import { type Files, type Form, filesOf, openInForm } from './form.ts'
import type { Opened } from './open-axes.ts'
import type { Program, ProgramInput } from './program.ts'

before(() => tf.setBackend('cpu'))
const random = seededRandom(14)
const drawn = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 0.3 * random.normal()),
    shape,
  )

type Made = Opened & { readonly files: Files }

async function made(program: Program, form: Form): Promise<Made> {
  const opened = await openInForm(program, openAxes(program), {}, form)
  return { ...opened, files: filesOf(opened.graph, {}, form) }
}

async function checked(program: Program, form: Form): Promise<Made & Checks> {
  const opened = await made(program, form)
  return { ...opened, ...(await check(program, opened, {}, { ...form, checkSize: {}, seed: 3 }, openCheckRuntime)) }
}

const image = (name: string, shape: ProgramInput['shape'], type: ProgramInput['type'] = 'float32') =>
  ({ name, shape, type }) as const

const dimsOf = ({ graph }: Opened) => [...graph.inputs, ...graph.outputs].map(({ dims, shape }) => `${dims ?? shape}`)

/** Down by two, a convolution, up again, beside what was there before; open in batch and grid. */
function volumes(): Program {
  const [first, second] = [drawn(3, 3, 3, 2, 4), drawn(1, 1, 1, 32, 32)] as tf.Tensor5D[]
  return {
    inputs: [image('scan', [null, null, null, null, 2])],
    outputs: ['logits'],
    run: ({ scan }) => {
      const x = tf.relu(tf.conv3d(scan as tf.Tensor5D, first!, 1, 'same'))
      return { logits: tf.concat([depthToSpace(tf.conv3d(spaceToDepth(x) as tf.Tensor5D, second!, 1, 'same')), x], 4) }
    },
  }
}

test('with its channels first a network of open batch and grid gives what tfjs gives, transposed', async () => {
  const program = volumes()
  const { files, graph, ...opened } = await made(program, { channelsFirst: true })
  assert.deepEqual(dimsOf({ graph, ...opened }), ['N,2,D,H,W', 'N,8,D,H,W'])
  assert.ok(!graph.nodes.some(({ op, inputs }) => op === 'Transpose' && inputs[0] === 'scan'))
  assert.ok(!graph.nodes.some(({ op, outputs }) => op === 'Transpose' && outputs[0] === 'logits'))
  const runtime = await openCheckRuntime(files.float32)
  for (const [n, d, h, w] of [
    [1, 2, 4, 6],
    [3, 6, 2, 4],
  ] as const) {
    const scan = drawn(n, 2, d, h, w)
    const { logits } = await runtime.run({
      scan: { type: 'float32', dims: scan.shape, data: scan.dataSync() as Float32Array },
    })
    const direct = program.run({ scan: tf.transpose(scan, [0, 2, 3, 4, 1]) })['logits']!
    const expected = tf.transpose(direct, [0, 4, 1, 2, 3])
    assert.deepEqual([...logits!.dims], expected.shape)
    for (const [at, value] of expected.dataSync().entries())
      assert.ok(Math.abs(Number(logits!.data[at]) - value) < 1e-5, `at ${at}`)
  }
  await runtime.close()
})

test('the comparison turns what is turned: two images, one of whole numbers; not the label map, which is told', async () => {
  const program: Program = {
    inputs: [image('scan', [null, 4, 5, 6, 3]), image('mask', [null, 4, 5, 6, 1], 'int32')],
    outputs: ['masked', 'labels'],
    run: ({ scan, mask }) => ({ masked: tf.mul(scan!, mask!), labels: tf.argMax(tf.mul(scan!, mask!), 4) }),
  }
  const result = await checked(program, { channelsFirst: true })
  assert.deepEqual(dimsOf(result), ['N,3,4,5,6', 'N,1,4,5,6', 'N,3,4,5,6', 'N,4,5,6'])
  assert.deepEqual(result.notes, ["the output 'labels' [N,4,5,6] keeps the order of its axes: no input has as many"])
  assert.deepEqual(
    result.checks.map(({ largestDifference }) => largestDifference),
    [0, 0, 0],
  )
})

test('without an input of three axes there are no channels to put first', async () => {
  const program: Program = {
    inputs: [image('x', [null, 6])],
    outputs: ['y'],
    run: ({ x }) => ({ y: tf.reshape(x!, [-1, 3, 2]) }),
  }
  await assert.rejects(made(program, { channelsFirst: true }), {
    message: "no channels can be put first: no input has three axes or more, 'x' [N,6]",
  })
})

test('with weights in float16 the file is smaller, near tfjs, and compared beside that of float32; in any opset', async () => {
  for (const opset of [16, 26]) {
    const { files, checks, fp16Checks, ...opened } = await checked(volumes(), {
      opset,
      fp16: true,
      channelsFirst: true,
    })
    assert.deepEqual(dimsOf(opened), ['N,2,D,H,W', 'N,8,D,H,W'])
    assert.ok(files.float32.length - files.float16!.length > 2000)
    assert.equal(checks.length, fp16Checks.length)
    for (const [at, { largestDifference, shapes }] of fp16Checks.entries()) {
      assert.deepEqual(shapes, checks[at]!.shapes)
      assert.ok(checks[at]!.largestDifference < 1e-6)
      // Eleven binary digits of every weight are kept: some 2^-11 of the output.
      assert.ok(largestDifference > 1e-6 && largestDifference < 2e-3, String(largestDifference))
    }
    assert.equal(disagreement({ checks, fp16Checks }), undefined)
  }
})

test('a network that needs more digits of its weights than float16 has is too far from tfjs', async () => {
  // What counts is the fifth digit of each weight.
  const weights = tf.add(1, tf.mul(1e-4, drawn(600, 1))) as tf.Tensor2D
  const program: Program = {
    inputs: [image('x', [null, 600])],
    outputs: ['y'],
    run: ({ x }) => ({ y: tf.mul(1e5, tf.matMul(x as tf.Tensor2D, tf.sub(weights, 1))) }),
  }
  const { checks, fp16Checks } = await checked(program, { fp16: true })
  assert.equal(disagreement({ checks, fp16Checks: [] }), undefined)
  assert.match(
    disagreement({ checks, fp16Checks })!,
    /^tfjs and ONNX with weights in float16 differ by \d.*; 0\.02 is allowed$/,
  )
})

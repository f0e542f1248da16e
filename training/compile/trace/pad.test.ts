/** Padding, traced: forward beside tfjs's cpu backend, gradients beside plain loops in float64. */
import '../cpu-backend.ts'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
// For what it does on import: it registers tfjs's gradients.
import '@tensorflow/tfjs-layers'
import { centralDifferences } from '../../../test/fixtures/float64.ts'
import { padded64 } from '../../../test/fixtures/float64-matmul.ts'
import { channelsFirst } from '../../../test/fixtures/layouts.ts'
import {
  assertClose,
  assertSame,
  type Program,
  runDirect,
  runTraced,
  tracedGradients,
} from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../random.ts'

before(() => tf.setBackend('cpu'))

const random = seededRandom(53)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

type Pairs = [before: number, after: number][]

/** A value that has no layout, an image, a volume; every axis padded somewhere. */
const CASES: readonly (readonly [shape: number[], paddings: Pairs])[] = [
  [[4, 3], [[1, 2], [0, 1]]],
  [[2, 3, 4, 3], [[1, 0], [0, 2], [2, 1], [0, 0]]],
  [[2, 2, 3, 4, 3], [[0, 0], [1, 1], [2, 0], [0, 3], [1, 2]]],
] // biome-ignore format: a shape and its paddings

/** Along an axis of n: reflect … 2 1 | 0 1 … n−1 | n−2, symmetric … 1 0 | 0 1 … n−1 | n−1. */
const SOURCES = {
  reflect: (place: number, n: number) => (place < 0 ? -place : place >= n ? 2 * n - 2 - place : place),
  symmetric: (place: number, n: number) => (place < 0 ? -place - 1 : place >= n ? 2 * n - 1 - place : place),
} as const

const MODES: Readonly<Record<string, readonly [op: (x: tf.Tensor, by: Pairs) => tf.Tensor, source: (p: number, n: number) => number, value: number]>> = {
  'zeros': [(x, by) => tf.pad(x, by), (place) => place, 0],
  'a number': [(x, by) => tf.pad(x, by, -2.5), (place) => place, -2.5],
  'its reflection': [(x, by) => tf.mirrorPad(x, by, 'reflect'), SOURCES.reflect, 0],
  'its mirror image, edge and all': [(x, by) => tf.mirrorPad(x, by, 'symmetric'), SOURCES.symmetric, 0],
} // biome-ignore format: a row a mode

for (const [name, [op, source, value]] of Object.entries(MODES)) {
  test(`padding with ${name} is tfjs's and has the gradient of central differences, in either layout`, async () => {
    for (const [shape, paddings] of CASES) {
      const x = draw(tf.util.sizeFromShape(shape))
      const formula = (v: number[]) => padded64(v, shape, paddings, source, value)
      const padded = shape.map((size, axis) => paddings[axis]![0] + size + paddings[axis]![1])
      const weights = draw(tf.util.sizeFromShape(padded))
      const expected = centralDifferences((v) => dot(formula(v), weights), x)
      for (const layout of shape.length >= 4 ? [(t: tf.Tensor) => t, channelsFirst] : [(t: tf.Tensor) => t]) {
        const program = (...[t]: tf.Tensor[]) => op(layout(t!), paddings)
        assertSame(await runTraced(program, [shape], [x]), runDirect(program, [shape], [x]), name)
        const loss = (...[t]: tf.Tensor[]) => tf.sum(tf.mul(program(t!), tf.tensor(weights, padded)))
        const [gradient] = await tracedGradients(loss, [shape], [x])
        assertClose(gradient!, expected, `${name} of rank ${shape.length}`)
      }
    }
  })
}

test('whole numbers and booleans are padded as tfjs pads them', async () => {
  const by: [number, number][] = [[1, 0], [0, 2]] // biome-ignore format: pairs
  const program: Program = (...[x]) => [
    tf.pad(tf.cast(tf.mul(x!, 5), 'int32'), by, 7),
    tf.pad(tf.greater(x!, 0), by, 1),
    tf.mirrorPad(tf.greater(x!, 0), [[1, 0], [0, 2]], 'reflect'), // biome-ignore format: pairs
  ]
  const x = draw(12)
  assertSame(await runTraced(program, [[3, 4]], [x]), runDirect(program, [[3, 4]], [x]), 'types')
})

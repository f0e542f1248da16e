/** Graph models that one run cannot stand for, each refused by the op that makes it so. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { convertGraph } from '../../../test/fixtures/convert-graph.ts'
import { attr, node, placeholder } from '../../../test/fixtures/graph-def.ts'
import { floats } from '../../../test/fixtures/tfjs-files.ts'

before(() => tf.setBackend('cpu'))

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['Switch', 'control flow', /graph models with control flow \(op Switch\) are not converted/],
  ['StatelessWhile', 'a loop', /graph models with control flow \(op StatelessWhile\) are not converted/],
  ['NonMaxSuppressionV3', 'a number of boxes', /shapes that depend on values \(op NonMaxSuppressionV3\)/],
  ['LookupTableFindV2', 'a table', /lookup tables \(op LookupTableFindV2\)/],
  ['RandomUniform', 'chance', /random numbers \(op RandomUniform\)/],
  ['CustomThing', 'an unknown op', /graph models with op CustomThing are not converted: tfjs has no such op/],
]

for (const [op, what, message] of REFUSED) {
  test(`a graph with ${what} is refused by its op ${op}`, async () => {
    await assert.rejects(convertGraph([placeholder('x', [2, 3]), node('y', op, ['x'])], []), message)
  })
}

test('what tfjs says while it runs comes with the node, and no size is asked for', async () => {
  const sides = { padding: attr.string('SAME'), data_format: attr.string('NHWC') }
  const strided = { ...sides, strides: attr.ints([1, 2, 2, 1]), dilations: attr.ints([1, 2, 2, 1]) }
  const nodes = [
    ...[placeholder('x', [-1, -1, -1, 2]), node('before', 'Relu', ['x'])],
    ...[node('odd', 'Conv2D', ['before', 'k'], strided), node('y', 'Relu', ['odd'])],
  ]
  const message = /^tfjs cannot run this model: the node 'odd' \(Conv2D\): Error in conv2D: Either strides or [^-]*$/
  await assert.rejects(convertGraph(nodes, [floats('k', [3, 3, 2, 1])]), { message })
})

test('a refused op that no output needs hurts nobody', async () => {
  const nodes = [placeholder('x', [2, 3]), node('unused', 'Switch', ['x']), node('y', 'Relu', ['x'])]
  const signature = { inputs: { x: { name: 'x:0' } }, outputs: { y: { name: 'y:0' } } }
  await convertGraph(nodes, [], { signature })
})

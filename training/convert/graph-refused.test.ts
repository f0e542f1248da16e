/** Graph models that one run cannot stand for, each refused by the op that makes it so. */
import '@tensorflow/tfjs-backend-cpu'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { convertGraph } from '../../test/fixtures/convert-graph.ts'
import { node, placeholder } from '../../test/fixtures/graph-def.ts'

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

test('a refused op that no output needs hurts nobody', async () => {
  const nodes = [placeholder('x', [2, 3]), node('unused', 'Switch', ['x']), node('y', 'Relu', ['x'])]
  const signature = { inputs: { x: { name: 'x:0' } }, outputs: { y: { name: 'y:0' } } }
  await convertGraph(nodes, [], { signature })
})

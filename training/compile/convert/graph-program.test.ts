/** Graph models written by hand: each is converted and run beside tfjs, at batches 1, 2 and 5 where that is open. */
import '../cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { convertGraph, outputsOf } from '../../../test/fixtures/convert-graph.ts'
import { attr, node, placeholder } from '../../../test/fixtures/graph-def.ts'
import { floats, floatWeight, ints } from '../../../test/fixtures/tfjs-files.ts'

before(() => tf.setBackend('cpu'))

const conv = { padding: attr.string('SAME'), data_format: attr.string('NHWC'), dilations: attr.ints([1, 1, 1, 1]) }
const strides = (s: number) => ({ ...conv, strides: attr.ints([1, s, s, 1]) })
const pool = { ...strides(2), ksize: attr.ints([1, 2, 2, 1]) }

test('a dense graph with softmax keeps its batch open', async () => {
  const converted = await convertGraph(
    [
      placeholder('x', [-1, 4, 3]),
      node('flat', 'Reshape', ['x', 'shape']),
      node('product', 'MatMul', ['flat', 'w']),
      node('sum', 'BiasAdd', ['product', 'b']),
      node('relu', 'Relu', ['sum']),
      node('y', 'Softmax', ['relu']),
    ],
    [ints('shape', [-1, 12]), floats('w', [12, 5]), floats('b', [5])],
  )
  assert.deepEqual(converted.open, ['N'])
  assert.deepEqual(outputsOf(converted), [['y', ['N', 5]]])
  assert.deepEqual(
    converted.checks.map(({ shapes }) => shapes['x']),
    [
      [1, 4, 3],
      [2, 4, 3],
      [5, 4, 3],
    ],
  )
})

test('a convolutional graph stays open in batch and space', async () => {
  const converted = await convertGraph(
    [
      placeholder('image', [-1, -1, -1, 3]),
      node('conv', 'Conv2D', ['image', 'k1'], strides(1)),
      node('biased', 'BiasAdd', ['conv', 'b1']),
      node('norm', 'FusedBatchNormV3', ['biased', 'gamma', 'beta', 'mean', 'variance'], { epsilon: attr.float(0.001) }),
      node('relu', 'Relu', ['norm']),
      node('fused', '_FusedConv2D', ['relu', 'k2', 'b2'], {
        ...strides(1),
        fused_ops: attr.strings(['BiasAdd', 'Relu']),
        num_args: attr.int(1),
      }),
      node('joined', 'ConcatV2', ['relu', 'fused', 'axis']),
      node('y', 'Softmax', ['joined']),
    ],
    [
      ...[floats('k1', [3, 3, 3, 4]), floats('b1', [4]), floats('k2', [3, 3, 4, 2]), floats('b2', [2])],
      ...[floats('gamma', [4]), floats('beta', [4]), floats('mean', [4]), ints('axis', [3], [])],
      floatWeight('variance', [4], [0.5, 1, 2, 3]),
    ],
  )
  assert.deepEqual(converted.open, ['N', 'H', 'W'])
  assert.deepEqual(outputsOf(converted), [['y', ['N', 'H', 'W', 6]]])
})

test("strided 'same' convolutions and pools follow odd and even sizes", async () => {
  const converted = await convertGraph(
    [
      placeholder('image', [-1, -1, -1, 2]),
      node('conv', 'Conv2D', ['image', 'k'], strides(2)),
      node('pool', 'MaxPool', ['conv'], pool),
      node('y', 'Mean', ['pool', 'axes'], { keep_dims: attr.bool(false) }),
    ],
    [floats('k', [3, 3, 2, 4]), ints('axes', [1, 2])],
  )
  assert.deepEqual(converted.open, ['N', 'H', 'W'])
})

test('a graph that halves and doubles its grid is open for multiples of two', async () => {
  const converted = await convertGraph(
    [
      placeholder('image', [-1, -1, -1, 2]),
      node('pad', 'Pad', ['image', 'padding']),
      node('conv', 'Conv2D', ['pad', 'k'], { ...strides(1), padding: attr.string('VALID') }),
      node('pool', 'MaxPool', ['conv'], pool),
      node('shape', 'Shape', ['conv']),
      node('hw', 'StridedSlice', ['shape', 'one', 'three', 'step']),
      node('up', 'ResizeBilinear', ['pool', 'hw'], {
        align_corners: attr.bool(false),
        half_pixel_centers: attr.bool(true),
      }),
      node('y', 'ConcatV2', ['conv', 'up', 'axis']),
    ],
    [
      ...[floats('k', [3, 3, 2, 3]), ints('padding', [0, 0, 1, 1, 1, 1, 0, 0], [4, 2]), ints('axis', [3], [])],
      ...[ints('one', [1]), ints('three', [3]), ints('step', [1])],
    ],
  )
  assert.deepEqual(outputsOf(converted), [['y', ['N', 'H', 'W', 6]]])
})

test('a batch that the graph states in a reshape stays 1, and the node is named', async () => {
  const nodes = [placeholder('x', [-1, 6]), node('y', 'Reshape', ['x', 'shape'])]
  const converted = await convertGraph(nodes, [ints('shape', [1, 2, 3])])
  assert.deepEqual(converted.open, [])
  assert.match(converted.notes[0]!, /^the batch stays 1: .*6/)
  assert.deepEqual(outputsOf(converted), [['y', [1, 2, 3]]])
  await assert.rejects(convertGraph(nodes, [ints('shape', [1, 2, 3])], {}, { batch: 'N' }), /the batch stays 1/)
})

test('a graph that does other things at a batch of 1 is converted for that batch', async () => {
  // Without axes, Squeeze takes away every axis of 1: the batch too.
  const converted = await convertGraph([placeholder('x', [-1, 6, 1]), node('y', 'Squeeze', ['x'])], [])
  assert.match(converted.notes[0]!, /^the batch stays 1: the output 'y' is \[6\] in tfjs and \[1,6\] in onnxruntime/)
  assert.deepEqual(outputsOf(converted), [['y', [6]]])
})

test('inputs and outputs keep the names of the signature, a node with two outputs included', async () => {
  const signature = {
    inputs: { first: { name: 'a:0' }, second: { name: 'b:0' } },
    outputs: { sum: { name: 'add:0' }, left: { name: 'split:0' }, right: { name: 'split:1' } },
  }
  const converted = await convertGraph(
    [
      ...[placeholder('a', [-1, 4]), placeholder('b', [-1, 4])],
      node('add', 'AddV2', ['a', 'b']),
      node('split', 'Split', ['axis', 'add'], { num_split: attr.int(2) }),
    ],
    [ints('axis', [1], [])],
    { signature },
  )
  assert.deepEqual(
    converted.graph.inputs.map(({ name }) => name),
    ['first', 'second'],
  )
  assert.deepEqual(outputsOf(converted), [
    ['sum', ['N', 4]],
    ['left', ['N', 2]],
    ['right', ['N', 2]],
  ])
})

test('without a signature the nodes give the names, without their :0', async () => {
  const converted = await convertGraph([placeholder('c1', [2, 3]), node('Relu_2', 'Relu', ['c1'])], [])
  assert.deepEqual(
    [...converted.graph.inputs, ...converted.graph.outputs].map(({ name, shape }) => [name, shape]),
    [
      ['c1', [2, 3]],
      ['Relu_2', [2, 3]],
    ],
  )
})

test('whole numbers that look up rows of a table are drawn within the table', async () => {
  const lookup = node('y', 'GatherV2', ['table', 'ids', 'axis'])
  const weights = [floats('table', [5, 3]), ints('axis', [0], [])]
  const converted = await convertGraph([placeholder('ids', [-1, 7], 'DT_INT32'), lookup], weights)
  assert.deepEqual(converted.graph.inputs[0]!.type, 'int32')
  assert.deepEqual(converted.guessedIds, [])
})

test('metadata names the source, and the weights by their SHA-256', async () => {
  const nodes = [placeholder('x', [2, 2]), node('y', 'AddV2', ['x', 'w'])]
  // printf '\0\0\200\77\0\0\0\100' | sha256sum: 1 and 2 as little-endian float32.
  const { metadata } = await convertGraph(nodes, [floatWeight('w', [2], [1, 2])], {
    userDefinedMetadata: { by: 'hand' },
  })
  assert.deepEqual(metadata, {
    producer: 'onelabel convert',
    'tfjs.format': 'graph-model',
    'tfjs.generatedBy': '2.11.0',
    'tfjs.convertedBy': 'by hand',
    'tfjs.userDefinedMetadata': '{"by":"hand"}',
    'tfjs.weightsSha256': 'b9c80b5adeca450753a16950c3cc655d271f7bef7a485bc83f112b72fef21d37',
    openAxes: 'none',
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OnnxNode } from '../trace/onnx.ts'
import { sameUpper } from './same-upper.ts'

const conv = (pads: readonly number[], more: OnnxNode['attributes'] = {}): OnnxNode => ({
  op: 'Conv',
  inputs: ['x', 'w'],
  outputs: ['y'],
  domain: '',
  attributes: { kernel_shape: [3, 3], strides: [2, 2], ...more, pads },
})

// TensorFlow, 'same', kernel 3, stride 2: 7 → pad 1 + 1, 8 → pad 0 + 1.
const [odd, even] = [conv([1, 1, 1, 1]), conv([0, 0, 1, 1])]

test("pads of 'same' at an odd and an even size become auto_pad", () => {
  assert.deepEqual(sameUpper([odd, even])!.attributes, {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: 'SAME_UPPER',
  })
})

test('the larger half in front, a pad that no size has, another attribute or a dilation is left alone', () => {
  assert.equal(sameUpper([odd, conv([1, 1, 0, 0])]), undefined)
  assert.equal(sameUpper([odd, conv([2, 2, 2, 2])]), undefined)
  assert.equal(sameUpper([odd, conv([0, 0, 1, 1], { group: 2 })]), undefined)
  assert.equal(
    sameUpper([odd, even].map((node) => conv([1, 1, 1, 1], { ...node.attributes, dilations: [2, 2] }))),
    undefined,
  )
  assert.equal(sameUpper([odd, even].map((node) => ({ ...node, op: 'Pad' }))), undefined)
})

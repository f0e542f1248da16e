import '../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { buildUnet, patchMultiple, type UnetSpec } from './unet.ts'

before(() => tf.setBackend('cpu'))

const SHAPE = { patch: [8, 8, 8], channels: 2, labels: 3 } as const

test('the refining stage adds its own convolutions and keeps the size of the labels', () => {
  const spec: UnetSpec = { stem: 2, channels: [4, 6], convolutions: 1 }
  const plain = buildUnet(spec, SHAPE, 1)
  const refined = buildUnet({ ...spec, refine: 5 }, SHAPE, 1)
  assert.deepEqual(refined.outputs[0]!.shape, [null, 8, 8, 8, 3])
  // 1×1×1 from 3 logits to 5 and from 2 channels to 5, 3×3×3 from 5 to 5 with a norm, 5 to 3 logits
  const stage = 3 * 5 + 5 + (2 * 5 + 5) + 27 * 5 * 5 + 2 * 5 + (5 * 3 + 3)
  assert.equal(refined.countParams() - plain.countParams(), stage)
  const names = refined.weights.map((weight) => weight.originalName)
  for (const weight of plain.weights) assert.ok(names.includes(weight.originalName), weight.originalName)
})

test('a voxel of the refined logits sees its neighbours in other blocks and in its own', () => {
  const model = buildUnet({ stem: 2, channels: [4], convolutions: 1, refine: 5 }, SHAPE, 3)
  const image = tf.randomNormal([1, 8, 8, 8, 2], 0, 1, 'float32', 7)
  const label = (x: tf.Tensor) => tf.slice(model.predict(x) as tf.Tensor, [0, 4, 4, 4, 0], [1, 1, 1, 1, 3]).dataSync()
  const before = label(image)
  for (const [z, y, x] of [
    [5, 4, 4],
    [3, 4, 4],
  ] as const) {
    const change = tf.buffer([1, 8, 8, 8, 2])
    change.set(3, 0, z, y, x, 0)
    assert.notDeepEqual([...label(tf.add(image, change.toTensor()))], [...before])
  }
})

test('a patch that does not divide by the stem and the levels is refused', () => {
  assert.equal(patchMultiple({ stem: 2, channels: [4, 6, 8], convolutions: 1 }), 8)
  const spec: UnetSpec = { stem: 2, channels: [4, 6, 8, 8], convolutions: 1 }
  assert.throws(() => buildUnet(spec, SHAPE, 1), /8×8×8 voxels does not divide by 16/)
})

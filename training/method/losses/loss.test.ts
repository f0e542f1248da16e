import '../../compile/cpu-backend.ts'
// registers the gradients of tfjs's kernels
import '@tensorflow/tfjs-layers'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { targetInputs } from '../../../test/fixtures/target-inputs.ts'
import { lossSchema, recipeLoss } from './loss.ts'
import { lossTargets, targetTensors } from './targets.ts'

test('a loss without a term above 0 is refused, and so is an unknown term', () => {
  assert.equal(lossSchema.safeParse({ crossEntropy: 0 }).success, false)
  assert.equal(lossSchema.safeParse({ hinge: 1 }).success, false)
  assert.equal(lossSchema.safeParse({ patchAce: 1 }).success, true)
})

before(() => tf.setBackend('cpu'))

test('of two heads each has a softmax of its own: the logits of the other change neither loss nor gradient', () => {
  // two voxels, heads {0, 1} and {0, 2}; the sample is of the second
  const heads = [
    [0, 1],
    [0, 2],
  ]
  const made = lossTargets(Uint8Array.from([1, 4]), [{ own: 5, head: 1 }], heads)
  const targets = targetTensors(targetInputs(made, [1, 2, 1, 1], 4))
  const of = (first: number) => tf.tensor([first, 9, 0, 1, -5, first, 2, 0], [1, 2, 1, 1, 4])
  const crossEntropy = (logits: tf.Tensor) => recipeLoss({ crossEntropy: 1 }, logits, targets)
  // voxel 0 states channel 2 of logits (0, 1), voxel 1 channel 3 of (2, 0): −log 1/(1+e) and −log 1/(1+e²)
  const expected = (Math.log(1 + Math.E) + Math.log(1 + Math.E ** 2)) / 2
  for (const logits of [of(-3), of(8)]) {
    assert.ok(Math.abs(crossEntropy(logits).dataSync()[0]! - expected) < 1e-5)
    for (const term of ['crossEntropy', 'dice'] as const) {
      const gradient = tf
        .grad((x) => recipeLoss({ [term]: 1 }, x, targets))(logits)
        .dataSync()
      assert.deepEqual(
        [0, 1, 4, 5].map((at) => gradient[at]! + 0),
        [0, 0, 0, 0],
      )
      assert.notEqual(gradient[2], 0)
    }
  }
})

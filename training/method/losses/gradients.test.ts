/** Gradients of the losses by default, as tfjs's autodiff gives and the traced graph computes them, against central differences in float64. */
import '../../compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { centralDifferences, labelSetCrossEntropy64 } from '../../../test/fixtures/float64.ts'
import { targetInputs } from '../../../test/fixtures/target-inputs.ts'
import { assertClose, tracedGradients } from '../../../test/fixtures/traced.ts'
import { seededRandom } from '../../compile/random.ts'
import { labelSetCrossEntropy } from './label-set-ce.ts'
import { mergedDiceLoss } from './merged-dice.ts'
import { lossTargets, targetTensors } from './targets.ts'

const random = seededRandom(7)
const draw = (count: number) => Array.from({ length: count }, () => Math.fround(random.normal()))

before(() => tf.setBackend('cpu'))

test('the label-set loss has the value and the gradient of −log Σ p over the set', async () => {
  const labels = 5
  const z = draw(8 * labels)
  // sets: one label, ACE's "anything but lesion", {white matter, lesion}, all labels
  const sets = [[0], [0, 1, 2, 3], [3, 4], [0, 1, 2, 3, 4], [4], [2], [1], [0]]
  const admissible = sets.flatMap((set) => Array.from({ length: labels }, (_, k) => (set.includes(k) ? 1 : 0)))
  const shape = [1, 2, 2, 2, labels]
  const a = tf.tensor(admissible, shape)
  const value = labelSetCrossEntropy(tf.tensor(z, shape), a).dataSync()[0]!
  assert.ok(Math.abs(value - labelSetCrossEntropy64(z, admissible, labels)) < 1e-6)
  const [gradient] = await tracedGradients((t) => labelSetCrossEntropy(t!, a), [shape], [z])
  assertClose(
    gradient!,
    centralDifferences((v) => labelSetCrossEntropy64(v, admissible, labels), z),
    'z',
  )
})

test('the merged-channel Dice has the value and the gradient of its formula', async () => {
  const labels = 4
  const z = draw(2 * 8 * labels)
  // sample 0 states {0}, {1}, {2, 3}; sample 1 states {0, 1, 2} and {3}; 15 states nothing
  const masks = Uint8Array.from([1, 1, 2, 2, 12, 12, 15, 1, 7, 7, 7, 8, 8, 15, 7, 7])
  const made = lossTargets(masks, Array(2).fill({ own: 127, head: 0 }), [Array.from({ length: labels }, (_, k) => k)])
  const targets = targetTensors(targetInputs(made, [2, 8], labels))
  const [stated, groups] = [targets.stated.dataSync(), targets.groups.dataSync()]
  const value = (logits: number[]) => {
    const perSample = [0, 1].map((sample) => {
      const sets = [...new Set(masks.slice(8 * sample, 8 * sample + 8))].filter((mask) => mask !== 15)
      const losses = sets.map((set) => {
        let [both, total] = [0, 1]
        for (let voxel = 8 * sample; voxel < 8 * sample + 8; voxel++) {
          if (masks[voxel] === 15) continue
          const e = logits.slice(voxel * labels, (voxel + 1) * labels).map(Math.exp)
          const inside = e.filter((_, k) => (set >> k) & 1).reduce((a, b) => a + b, 0)
          const q = inside / e.reduce((a, b) => a + b, 0)
          const t = masks[voxel] === set ? 1 : 0
          both += q * t
          total += q * q + t
        }
        return 1 - (2 * both) / total
      })
      return losses.reduce((a, b) => a + b, 0) / losses.length
    })
    return (perSample[0]! + perSample[1]!) / 2
  }
  const shape = [2, 2, 2, 2, labels]
  const [t, g] = [tf.tensor(stated, shape), tf.tensor(groups, [2, labels, labels])]
  assert.ok(Math.abs(mergedDiceLoss(tf.tensor(z, shape), t, g).dataSync()[0]! - value(z)) < 1e-6)
  const [gradient] = await tracedGradients((x) => mergedDiceLoss(x!, t, g), [shape], [z])
  assertClose(gradient!, centralDifferences(value, z), 'z')
})

test('a confident false positive on lesion background keeps its gradient, and so does a patch without lesion', () => {
  const logits = tf.tensor([0, 0, 0, 0, 9], [1, 1, 1, 1, 5])
  const notLesion = tf.tensor([1, 1, 1, 1, 0], [1, 1, 1, 1, 5])
  const gradient = tf
    .grad((z) => labelSetCrossEntropy(z, notLesion))(logits)
    .dataSync()
  // p_lesion = e⁹ / (4 + e⁹) = 0.9995: the loss pushes it down with nearly unit force.
  assert.ok(Math.abs(gradient[4]! - Math.exp(9) / (4 + Math.exp(9))) < 1e-6)
})

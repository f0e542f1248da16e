import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  admissible,
  assertFollows,
  assertStable,
  drawLogits,
  inTfjs,
  probabilities64,
} from '../../../test/fixtures/loss.ts'
import { mergedDiceLoss } from './merged-dice.ts'

const LABELS = 4
const VOXELS = [2, 1, 2, 2]
const shape = [...VOXELS, LABELS]
// Sample 0 states {0}, {1} and {2, 3}; sample 1 states {0, 1, 2} and {3}. The number is the voxel's group, −1 for none.
const GROUPS = [
  [[0], [1], [2, 3]],
  [[0, 1, 2], [3]],
]
const STATED = [0, 1, 2, -1, 0, 1, 0, -1]
const stated = admissible(
  STATED.map((group) => [group]),
  VOXELS,
  LABELS,
)
const groups = admissible(
  GROUPS.flatMap((sets) => [0, 1, 2, 3].map((group) => sets[group] ?? [])),
  [2, LABELS],
  LABELS,
)
const z = { values: drawLogits(8 * LABELS, 11), shape }

function mergedDice64(logits: number[]): number {
  const p = probabilities64(logits, LABELS)
  const perSample = GROUPS.map((sets, sample) => {
    const losses = sets.map((set, group) => {
      let [both, total] = [0, 1]
      for (let v = 4 * sample; v < 4 * sample + 4; v++) {
        if (STATED[v] === -1) continue
        const q = set.reduce((sum, k) => sum + p[v]![k]!, 0)
        const t = STATED[v] === group ? 1 : 0
        both += q * t
        total += q * q + t
      }
      return 1 - (2 * both) / total
    })
    return losses.reduce((a, b) => a + b, 0) / losses.length
  })
  return (perSample[0]! + perSample[1]!) / 2
}

test('the merged-channel Dice is that of its formula', async () => {
  await assertFollows(mergedDice64, mergedDiceLoss, z, [stated, groups])
})

test('the merged-channel Dice is finite at logits of ±1e4', async () => {
  await assertStable(mergedDiceLoss, shape, [stated, groups])
})

test('a sample that states nothing costs nothing and has no gradient', async () => {
  const nothing = admissible([[], []], [1, 1, 1, 2], LABELS)
  const none = admissible([[], [], [], []], [1, LABELS], LABELS)
  const logits = { values: drawLogits(2 * LABELS, 12), shape: [1, 1, 1, 2, LABELS] }
  const { value, gradient } = await inTfjs(mergedDiceLoss, logits, [nothing, none])
  assert.equal(value, 0)
  assert.ok(gradient.every((g) => g === 0))
})

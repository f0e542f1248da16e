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
import { softDiceLoss } from './soft-dice.ts'

const LABELS = 4
const VOXELS = [2, 2, 2, 1]
const shape = [...VOXELS, LABELS]
// Sample 0 states labels 0, 1 and 3; sample 1 states 0 and 2, one voxel of several labels and one of all.
const SETS = [[0], [0], [1], [3], [0], [2], [2, 3], [0, 1, 2, 3]]
const sets = admissible(SETS, VOXELS, LABELS)
const z = { values: drawLogits(8 * LABELS, 4), shape }

function softDice64(logits: number[]): number {
  const p = probabilities64(logits, LABELS)
  let dice = 0
  for (const sample of [0, 1]) {
    const voxels = [0, 1, 2, 3].map((v) => 4 * sample + v).filter((v) => SETS[v]!.length === 1)
    for (let k = 0; k < LABELS; k++) {
      const t = (v: number) => (SETS[v]![0] === k ? 1 : 0)
      const both = voxels.reduce((sum, v) => sum + p[v]![k]! * t(v), 0)
      const total = voxels.reduce((sum, v) => sum + p[v]![k]! ** 2 + t(v), 1e-5)
      dice += (2 * both) / total / (2 * LABELS)
    }
  }
  return 1 - dice
}

test('the soft Dice is that of its formula, over the voxels with one label', async () => {
  await assertFollows(softDice64, softDiceLoss, z, [sets])
})

test('the soft Dice is finite at logits of ±1e4', async () => {
  await assertStable(softDiceLoss, shape, [sets])
})

test('a perfect prediction of two of four labels costs one half: an absent label counts as missed', async () => {
  const targets = admissible([[0], [1]], [1, 1, 1, 2], LABELS)
  const perfect = { values: [99, 0, 0, 0, 0, 99, 0, 0], shape: [1, 1, 1, 2, LABELS] }
  const { value } = await inTfjs(softDiceLoss, perfect, [targets])
  assert.ok(Math.abs(value - 0.5) < 1e-5)
})

test('a confident false positive of an absent label has hardly a gradient', async () => {
  // p_1 = e^9/(e^9 + 1) = 0.99988 at a background voxel of a patch without label 1
  const targets = admissible([[0], [0]], [1, 1, 1, 2], 2)
  const logits = { values: [9, 0, 0, 9], shape: [1, 1, 1, 2, 2] }
  const { gradient } = await inTfjs(softDiceLoss, logits, [targets])
  assert.ok(Math.abs(gradient[3]!) < 1e-4)
})

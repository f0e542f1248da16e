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
import { leafDiceLoss } from './leaf-dice.ts'

const LABELS = 4
const VOXELS = [2, 1, 4, 1]
const shape = [...VOXELS, LABELS]
const SETS = [[0], [1], [2, 3], [0], [3], [0, 1, 2], [0, 1, 2], [0, 1, 2, 3]]
const sets = admissible(SETS, VOXELS, LABELS)
const z = { values: drawLogits(8 * LABELS, 7), shape }

function leafDice64(logits: number[]): number {
  const p = probabilities64(logits, LABELS)
  let dice = 0
  for (const sample of [0, 1]) {
    for (let k = 0; k < LABELS; k++) {
      let [both, total] = [0, 1e-5]
      for (let v = 4 * sample; v < 4 * sample + 4; v++) {
        const leaf = SETS[v]!.length === 1 && SETS[v]![0] === k ? 1 : 0
        both += leaf * p[v]![k]!
        total += leaf + p[v]![k]! ** 2
      }
      dice += (2 * both) / total / (2 * LABELS)
    }
  }
  return 1 - dice
}

test('leaf-Dice is that of its formula: a voxel of several labels stays in the denominator', async () => {
  await assertFollows(leafDice64, leafDiceLoss, z, [sets])
})

test('leaf-Dice is finite at logits of ±1e4', async () => {
  await assertStable(leafDiceLoss, shape, [sets])
})

test('either admissible prediction of {2, 3} beside perfect 0 and 1 gives one half, as in the README of its authors', async () => {
  const targets = admissible([[0], [1], [2, 3]], [1, 1, 1, 3], LABELS)
  for (const third of [
    [0, 0, 100, 0],
    [0, 0, 0, 100],
  ]) {
    const scores = { values: [100, 0, 0, 0, 0, 100, 0, 0, ...third], shape: [1, 1, 1, 3, LABELS] }
    assert.ok(Math.abs((await inTfjs(leafDiceLoss, scores, [targets])).value - 0.5) < 1e-5)
  }
})

test('on lesion data its gradient is that of the lesion’s soft Dice ÷ K: of the tissues it says nothing', async () => {
  const lesionData = admissible([[3], [0, 1, 2], [0, 1, 2], [3]], [1, 2, 2, 1], LABELS)
  const logits = { values: drawLogits(16, 8), shape: [1, 2, 2, 1, LABELS] }
  const lesionDice = (x: number[]) => {
    const p = probabilities64(x, LABELS).map((voxel) => voxel[3]!)
    const both = p[0]! + p[3]!
    return (1 - (2 * both) / (p.reduce((sum, value) => sum + value ** 2, 0) + 2 + 1e-5)) / LABELS + 3 / LABELS
  }
  await assertFollows(lesionDice, leafDiceLoss, logits, [lesionData])
})

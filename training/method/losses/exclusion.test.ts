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
import { exclusionLoss } from './exclusion.ts'

const LABELS = 5
const VOXELS = [2, 1, 2, 2]
const shape = [...VOXELS, LABELS]
const SETS = [[0], [1], [2], [3, 4], [4], [0, 1, 2, 3], [4], [0, 1, 2, 3, 4]]
const OWN = [
  [0, 1, 2, 3],
  [0, 4],
]
const sets = admissible(SETS, VOXELS, LABELS)
const own = admissible(OWN, [2], LABELS)
const z = { values: drawLogits(8 * LABELS, 9), shape }

function exclusion64(logits: number[]): number {
  const p = probabilities64(logits, LABELS)
  const perSample = OWN.map((mine, sample) => {
    const foreign = [0, 1, 2, 3, 4].filter((k) => !mine.includes(k))
    const overlaps = foreign.map((k) => {
      let [both, total] = [0, 1]
      for (let v = 4 * sample; v < 4 * sample + 4; v++) {
        const labelled = SETS[v]!.length === 1 ? 1 : 0
        both += p[v]![k]! * labelled
        total += p[v]![k]! ** 2 + labelled
      }
      return (2 * both) / total
    })
    return overlaps.reduce((a, b) => a + b, 0) / foreign.length
  })
  return (perSample[0]! + perSample[1]!) / 2
}

test('the exclusion term is the Dice of every foreign label with the voxels that state one of their own', async () => {
  await assertFollows(exclusion64, exclusionLoss, z, [sets, own])
})

test('the exclusion term is finite at logits of ±1e4', async () => {
  await assertStable(exclusionLoss, shape, [sets, own])
})

test('a data set that has every label excludes nothing', async () => {
  const complete = admissible([[0, 1, 2, 3, 4]], [1], LABELS)
  const patch = admissible([[0], [4]], [1, 1, 1, 2], LABELS)
  const logits = { values: drawLogits(2 * LABELS, 10), shape: [1, 1, 1, 2, LABELS] }
  const { value, gradient } = await inTfjs(exclusionLoss, logits, [patch, complete])
  assert.equal(value, 0)
  assert.ok(gradient.every((g) => g === 0))
})

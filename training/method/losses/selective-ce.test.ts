import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admissible, assertFollows, assertStable, drawLogits, inTfjs } from '../../../test/fixtures/loss.ts'
import { selectiveCrossEntropy } from './selective-ce.ts'

const LABELS = 5
const VOXELS = [2, 1, 2, 2]
const shape = [...VOXELS, LABELS]
// A tissue sample (its annotators cannot say lesion) and a lesion sample (background or lesion).
const SETS = [[0], [1], [2], [3, 4], [0, 1, 2, 3], [4], [0, 1, 2, 3], [0, 1, 2, 3, 4]]
const OWN = [
  [0, 1, 2, 3],
  [0, 4],
]
const sets = admissible(SETS, VOXELS, LABELS)
const own = admissible(OWN, [2], LABELS)
const z = { values: drawLogits(8 * LABELS, 3), shape }

function selective64(logits: number[]): number {
  const perVoxel = SETS.map((set, v) => {
    const e = logits.slice(v * LABELS, (v + 1) * LABELS).map(Math.exp)
    const mine = OWN[v < 4 ? 0 : 1]!
    const sum = (labels: number[]) => labels.reduce((total, k) => total + e[k]!, 0)
    return -Math.log(sum(mine.filter((k) => set.includes(k))) / sum(mine))
  })
  return perVoxel.reduce((a, b) => a + b, 0) / perVoxel.length
}

test('the selective cross-entropy is that of the softmax over the data set’s own labels', async () => {
  await assertFollows(selective64, selectiveCrossEntropy, z, [sets, own])
})

test('the selective cross-entropy is finite at logits of ±1e4', async () => {
  await assertStable(selectiveCrossEntropy, shape, [sets, own])
})

test('labels of other data sets get no gradient: on lesion data the tissues are left alone', async () => {
  const { gradient } = await inTfjs(selectiveCrossEntropy, z, [sets, own])
  for (let v = 4; v < 8; v++) for (const k of [1, 2, 3]) assert.equal(gradient[v * LABELS + k], 0)
  for (let v = 0; v < 4; v++) assert.equal(gradient[v * LABELS + 4], 0)
  assert.ok(Math.abs(gradient[4 * LABELS]!) > 1e-3)
})

test('a set without a label of the data set is seen in the loss', async () => {
  const wrong = admissible([[1]], [1, 1, 1, 1], LABELS)
  const lesionData = admissible([[0, 4]], [1], LABELS)
  const logits = { values: [1, 2, 3, 4, 5], shape: [1, 1, 1, 1, LABELS] }
  assert.ok((await inTfjs(selectiveCrossEntropy, logits, [wrong, lesionData])).value > 1e8)
})

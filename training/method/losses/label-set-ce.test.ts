import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelSetCrossEntropy64 } from '../../../test/fixtures/float64.ts'
import { admissible, assertFollows, assertStable, drawLogits, inTfjs, softmax64 } from '../../../test/fixtures/loss.ts'
import { labelSetCrossEntropy } from './label-set-ce.ts'

const LABELS = 5
const VOXELS = [2, 2, 1, 2]
const shape = [...VOXELS, LABELS]
// one label, ACE's "anything but lesion", {white matter, lesion}, all labels
const sets = admissible([[0], [0, 1, 2, 3], [3, 4], [0, 1, 2, 3, 4], [4], [2], [1], [0]], VOXELS, LABELS)
const z = { values: drawLogits(8 * LABELS, 1), shape }

test('the label-set cross-entropy is −log Σ p over the set, with that gradient', async () => {
  await assertFollows((x) => labelSetCrossEntropy64(x, [...sets.values], LABELS), labelSetCrossEntropy, z, [sets])
})

test('the label-set cross-entropy is finite at logits of ±1e4', async () => {
  await assertStable(labelSetCrossEntropy, shape, [sets])
})

test('with one label a voxel it is plain cross-entropy, whose gradient is p − y', async () => {
  const truth = [0, 4, 2]
  const logits = { values: drawLogits(3 * LABELS, 2), shape: [1, 1, 1, 3, LABELS] }
  const targets = admissible(
    truth.map((y) => [y]),
    [1, 1, 1, 3],
    LABELS,
  )
  const { value, gradient } = await inTfjs(labelSetCrossEntropy, logits, [targets])
  const p = truth.map((_, v) => softmax64(logits.values.slice(v * LABELS, (v + 1) * LABELS)))
  const plain = truth.reduce((sum, y, v) => sum - Math.log(p[v]![y]!) / 3, 0)
  assert.ok(Math.abs(value - plain) < 1e-6)
  const expected = truth.flatMap((y, v) => p[v]!.map((value, k) => (value - (k === y ? 1 : 0)) / 3))
  for (const [i, g] of gradient.entries()) assert.ok(Math.abs(g - expected[i]!) < 1e-6)
})

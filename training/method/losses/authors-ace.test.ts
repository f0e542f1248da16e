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
import { authorsAdaptiveCrossEntropy } from './authors-ace.ts'

const LABELS = 5
const VOXELS = [2, 2, 1, 2]
const shape = [...VOXELS, LABELS]
const BACKGROUND = [0, 1, 2, 3]
// The lesion patch comes first: two voxels of background, of which the second is a confident false positive.
const SETS = [[4], BACKGROUND, BACKGROUND, [0, 1, 2, 3, 4], [0], [2], [3], [1]]
const sets = admissible(SETS, VOXELS, LABELS)
const z = { values: drawLogits(8 * LABELS, 6).with(2 * LABELS + 4, 9), shape }

/** The authors' own expression; only the first sample has voxels of several labels, and its L(y) = {lesion}. */
function authors64(logits: number[]): number {
  const perVoxel = probabilities64(logits, LABELS).map((p, v) => {
    const set = SETS[v]!
    if (set.length === 1) return -Math.log(p[set[0]!]!)
    if (set.length === LABELS) return 0
    return -Math.log(Math.min(1, Math.max(0.1, 1 - p[4]!)))
  })
  return perVoxel.reduce((a, b) => a + b, 0) / perVoxel.length
}

test('the authors’ loss is −log clip(1 − Σ p over the patch’s labels, 0.1, 1) at lesion background', async () => {
  assert.ok(probabilities64(z.values, LABELS)[2]![4]! > 0.95, 'one voxel is clipped')
  assert.ok(probabilities64(z.values, LABELS)[1]![4]! < 0.85, 'one is not')
  await assertFollows(authors64, authorsAdaptiveCrossEntropy, z, [sets])
})

test('the authors’ loss is finite at logits of ±1e4', async () => {
  await assertStable(authorsAdaptiveCrossEntropy, shape, [sets])
})

test('its clip spares the voxels with one label: a missed lesion keeps its gradient', async () => {
  const patch = admissible([[4]], [1, 1, 1, 1], LABELS)
  const logits = { values: [20, 0, 0, 0, 0], shape: [1, 1, 1, 1, LABELS] }
  const { gradient } = await inTfjs(authorsAdaptiveCrossEntropy, logits, [patch])
  assert.ok(Math.abs(gradient[4]! + 1) < 1e-6)
})

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
import { patchAdaptiveCrossEntropy } from './patch-ace.ts'

const LABELS = 6 // background, CSF, grey, white, oedema, tumour
const VOXELS = [2, 1, 2, 2]
const shape = [...VOXELS, LABELS]
const BACKGROUND = [0, 1, 2, 3]
const ALL = [0, 1, 2, 3, 4, 5]
// A lesion patch with oedema and no tumour, and a tissue patch.
const SETS = [BACKGROUND, [4], BACKGROUND, ALL, [0], [2], [3], [3]]
const sets = admissible(SETS, VOXELS, LABELS)
const z = { values: drawLogits(8 * LABELS, 5), shape }

/** Eq. 4, with the labels of each patch written out: L(y) = {oedema} and {background, grey, white}. */
function ace64(logits: number[]): number {
  const perVoxel = probabilities64(logits, LABELS).map((p, v) => {
    const set = SETS[v]!
    const allowed = set.length === 1 ? set : set.length === LABELS ? ALL : [0, 1, 2, 3, 5]
    return -Math.log(allowed.reduce((sum, k) => sum + p[k]!, 0))
  })
  return perVoxel.reduce((a, b) => a + b, 0) / perVoxel.length
}

test('ACE as printed is eq. 4, with the labels of the patch', async () => {
  await assertFollows(ace64, patchAdaptiveCrossEntropy, z, [sets])
})

test('ACE as printed is finite at logits of ±1e4', async () => {
  await assertStable(patchAdaptiveCrossEntropy, shape, [sets])
})

test('ACE as printed lets an oedema patch call its background tumour', async () => {
  const patch = admissible([[4], BACKGROUND], [1, 1, 1, 2], LABELS)
  const tumour = { values: [0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 50], shape: [1, 1, 1, 2, LABELS] }
  const { value, gradient } = await inTfjs(patchAdaptiveCrossEntropy, tumour, [patch])
  assert.ok(value < 1e-6)
  assert.ok(Math.abs(gradient[11]!) < 1e-6)
})

test('where a patch states every label, eq. 4 has no set for a voxel of several, and it says nothing', async () => {
  const patch = admissible([[0], [1], [0, 1]], [1, 1, 1, 3], 2)
  const logits = { values: [3, -1, -2, 4, 7, 1], shape: [1, 1, 1, 3, 2] }
  const { gradient } = await inTfjs(patchAdaptiveCrossEntropy, logits, [patch])
  assert.deepEqual(gradient.slice(4), [0, 0])
  assert.ok(Math.abs(gradient[0]!) > 1e-3)
})

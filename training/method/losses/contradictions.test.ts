/**
 * The two faults of the paper's loss, side by side with ours (docs/decisions/0008): a lesion-free patch of a lesion data
 * set teaches nothing under eq. 4 as printed, and a confident false positive teaches nothing under its authors' code.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { admissible, drawLogits, inTfjs, type Loss, throughOnnx } from '../../../test/fixtures/loss.ts'
import { authorsAdaptiveCrossEntropy } from './authors-ace.ts'
import { labelSetCrossEntropy } from './label-set-ce.ts'
import { mergedDiceLoss } from './merged-dice.ts'
import { patchAdaptiveCrossEntropy } from './patch-ace.ts'

const LABELS = 5
const LESION = 4
const BACKGROUND = [0, 1, 2, 3]
// The groups of a lesion data set: {lesion background} and {lesion}.
const groups = admissible([BACKGROUND, [LESION], [], [], []], [1, LABELS], LABELS)

/** A patch of four voxels of a lesion data set, from the truth of each: lesion or not. */
function patch(lesion: readonly boolean[]) {
  const voxels = [1, 1, 2, 2]
  return {
    sets: admissible(
      lesion.map((is) => (is ? [LESION] : BACKGROUND)),
      voxels,
      LABELS,
    ),
    stated: admissible(
      lesion.map((is) => [is ? 1 : 0]),
      voxels,
      LABELS,
    ),
    shape: [...voxels, LABELS],
  }
}

/** p_lesion = e^8/(4 + e^8) = 0.99866 at every voxel. */
const CONFIDENT = [0, 0, 0, 0, 8]
const ours: Loss = (z, sets, stated, of) => tf.add(labelSetCrossEntropy(z, sets!), mergedDiceLoss(z, stated!, of!))

test('a patch without a lesion pushes lesion down under label sets of the data set, and not at all under eq. 4', async () => {
  const { sets, stated, shape } = patch([false, false, false, false])
  const z = { values: drawLogits(4 * LABELS, 13), shape }
  for (const run of [inTfjs, throughOnnx]) {
    for (const gradient of [
      (await run(labelSetCrossEntropy, z, [sets])).gradient,
      (await run(ours, z, [sets, stated, groups])).gradient,
    ]) {
      for (let v = 0; v < 4; v++) assert.ok(gradient[v * LABELS + LESION]! > 1e-3, 'descent lowers lesion everywhere')
    }
    for (const loss of [patchAdaptiveCrossEntropy, authorsAdaptiveCrossEntropy]) {
      const { value, gradient } = await run(loss, z, [sets])
      assert.equal(value, 0)
      assert.ok(gradient.every((g) => g === 0))
    }
  }
})

test('a confident false positive is pushed down with its full p under our loss, and not at all by the authors’ code', async () => {
  const { sets, stated, shape } = patch([true, false, false, false])
  const z = { values: [CONFIDENT, CONFIDENT, [5, 0, 0, 0, 0], [5, 0, 0, 0, 0]].flat(), shape }
  const at = 1 * LABELS + LESION
  const p = Math.exp(8) / (4 + Math.exp(8))
  for (const run of [inTfjs, throughOnnx]) {
    // d/dz_lesion of −log(1 − p_lesion) is p_lesion; the mean over four voxels.
    const { gradient } = await run(labelSetCrossEntropy, z, [sets])
    assert.ok(Math.abs(gradient[at]! - p / 4) < 1e-6)
    const combined = (await run(ours, z, [sets, stated, groups])).gradient
    assert.ok(combined[at]! > gradient[at]!, 'the Dice term pushes the same way')
    const recorded = (await run(authorsAdaptiveCrossEntropy, z, [sets])).gradient
    assert.ok(recorded.slice(LABELS, 2 * LABELS).every((g) => g === 0))
  }
})

test('label sets of the data set are eq. 4 where the patch holds every lesion label', async () => {
  const { sets, shape } = patch([true, false, true, false])
  const z = { values: drawLogits(4 * LABELS, 14), shape }
  assert.deepEqual(await inTfjs(labelSetCrossEntropy, z, [sets]), await inTfjs(patchAdaptiveCrossEntropy, z, [sets]))
})

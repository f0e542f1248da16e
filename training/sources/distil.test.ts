import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distilled } from './distil.ts'

const LESION = 4
/** One row of voxels of `ml` each. */
const row = (classes: readonly number[], sure: readonly number[], ml = 1) => ({
  classes: {
    shape: [classes.length, 1, 1] as const,
    affine: [1000 * ml, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    data: Uint8Array.from(classes),
  },
  confidence: Uint8Array.from(sure, (share) => Math.round(255 * share)),
})

test('tissue that the model was not sure of is unsure, background never is', () => {
  const { data } = distilled(row([0, 2, 2, 3], [0.3, 0.55, 0.65, 1]), null)
  assert.deepEqual([...data], [0, 255, 2, 3])
})

test('a lesion must be sure as a whole and large; its unsure voxels and rim are not stated', () => {
  const sure = distilled(row([3, LESION, LESION, 3, 3], [0.7, 0.9, 0.74, 0.7, 0.7]), null)
  assert.deepEqual([...sure.data], [255, LESION, 255, 255, 3])
  const unsure = distilled(row([3, LESION, LESION, 3], [0.9, 0.76, 0.66, 0.9]), null)
  assert.deepEqual([...unsure.data], [3, 255, 255, 3])
  const small = distilled(row([3, LESION, 3], [0.9, 0.9, 0.9], 0.05), null)
  assert.deepEqual([...small.data], [3, 255, 3])
})

test('drawn lesions are as drawn: nothing else is one, whatever else it is', () => {
  const given = row([3, LESION, LESION, 2, 3], [0.9, 0.9, 0.9, 0.5, 0.9])
  const { data } = distilled(given, Uint8Array.of(1, 1, 0, 0, 0))
  assert.deepEqual([...data], [LESION, LESION, 254, 254, 3])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Loss } from '../../../test/fixtures/loss.ts'
import {
  admissible,
  assertFollows,
  assertStable,
  drawLogits,
  inTfjs,
  probabilities64,
} from '../../../test/fixtures/loss.ts'
import { absenceLoss } from './absence.ts'

const LABELS = 4
const VOXELS = [2, 1, 2, 2]
const shape = [...VOXELS, LABELS]
// No voxel of sample 0 admits label 3; none of sample 1 admits 1 or 2.
const SETS = [[0], [1], [0, 1, 2], [2], [0], [0, 3], [3], [0]]
const ABSENT = [[3], [1, 2]]
const admits = admissible(SETS, VOXELS, LABELS)
// with so few voxels as here, one voxel is to cost a half
const HALF = 1
const loss: Loss = (logits, sets) => absenceLoss(logits, sets!, HALF)
const z = { values: drawLogits(8 * LABELS, 21), shape }

function absence64(logits: number[]): number {
  const p = probabilities64(logits, LABELS)
  const perSample = ABSENT.map((absent, sample) => {
    const costs = absent.map((k) => {
      const found = p.slice(4 * sample, 4 * sample + 4).reduce((sum, ofVoxel) => sum + ofVoxel[k]! ** 2, 0)
      return found / (found + HALF)
    })
    return costs.reduce((a, b) => a + b, 0) / costs.length
  })
  return (perSample[0]! + perSample[1]!) / 2
}

test('the cost of absent labels is that of its formula', async () => {
  await assertFollows(absence64, loss, z, [admits])
})

test('the cost of absent labels is finite at logits of ±1e4', async () => {
  await assertStable(loss, shape, [admits])
})

test('a sample in which every label may occur costs nothing and has no gradient', async () => {
  const any = admissible(
    [
      [0, 1],
      [2, 3],
    ],
    [1, 1, 1, 2],
    LABELS,
  )
  const { value, gradient } = await inTfjs(
    (logits, sets) => absenceLoss(logits, sets!),
    { values: drawLogits(2 * LABELS, 22), shape: [1, 1, 1, 2, LABELS] },
    [any],
  )
  assert.equal(value, 0)
  assert.ok(gradient.every((g) => g === 0))
})

test('a hundred voxels that are surely found where none may be cost a half', async () => {
  const voxels = 100
  const background = admissible(
    Array.from({ length: voxels }, () => [0]),
    [1, 1, 10, 10],
    2,
  )
  const values = Array.from({ length: voxels }, () => [-50, 50]).flat()
  const { value } = await inTfjs((logits, sets) => absenceLoss(logits, sets!), { values, shape: [1, 1, 10, 10, 2] }, [
    background,
  ])
  assert.ok(Math.abs(value - 0.5) < 1e-6, `${value}`)
})

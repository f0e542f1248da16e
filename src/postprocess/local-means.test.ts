import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localMeans } from './local-means.ts'

const AFFINE = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]

test('of each label the mean of its voxels nearby, of the whole head, and none where there is none', () => {
  const shape = [40, 4, 2] as const
  const at = (n: number) => n % 40
  const data = Uint8Array.from({ length: 320 }, (_, n) => (at(n) < 20 ? 1 : 2))
  const values = Float32Array.from({ length: 320 }, (_, n) => (at(n) < 20 ? 10 : at(n) < 30 ? 20 : 40))
  const means = localMeans({ shape, affine: AFFINE, data }, { values, rowAt: (j, k) => 40 * (j + 4 * k) }, 4)
  assert.deepEqual(
    [means.shape, means.blockVoxels],
    [
      [10, 1, 1],
      [4, 4, 2],
    ],
  )
  assert.deepEqual(means.whole, [null, { mean: 10, variance: 0 }, { mean: 30, variance: 100 }, null])
  assert.deepEqual([means.of[0], means.of[3]], [null, null])
  assert.ok(means.of[1]!.every((mean) => mean === 10))
  const [near, far] = [means.of[2]![5]!, means.of[2]![9]!]
  assert.ok(near > 20 && near < 26, `${near}: nearly all that is near has 20, the whole head 30`)
  assert.ok(far > 34 && far < 40, `${far}`)
})

test('a part of a grid reads the scan where it lies', () => {
  const values = Float32Array.from({ length: 4 * 4 * 4 }, (_, n) => n)
  // the voxels (1 … 2, 2, 3) of it
  const part = { shape: [2, 1, 1] as const, affine: AFFINE, data: Uint8Array.of(1, 2) }
  const means = localMeans(part, { values, rowAt: (j, k) => 1 + 4 * (2 + j + 4 * (3 + k)) }, 3)
  assert.deepEqual(
    means.whole.map((one) => one?.mean ?? null),
    [null, 57, 58],
  )
})
